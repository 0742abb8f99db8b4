"""Requests whose check takes long, checked in a process of its own, under limits of CPU time and memory."""
