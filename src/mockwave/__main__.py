"""`python -m mockwave`."""

from mockwave.cli import main

if __name__ == "__main__":
    main()
