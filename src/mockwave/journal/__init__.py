"""The Journal: requests on their way from a worker's ring into the Store, and back out as LogEntries."""
