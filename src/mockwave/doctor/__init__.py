"""What is found in a data folder by looking at it: `mockwave doctor`. Nothing is changed, mended or locked."""
