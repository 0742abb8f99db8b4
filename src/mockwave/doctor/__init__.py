"""The checks of `mockwave doctor` on a data folder. They change, repair and lock nothing."""
