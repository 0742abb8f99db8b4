"""Rules whose conditions take long, asked about one request in a process of its own."""
