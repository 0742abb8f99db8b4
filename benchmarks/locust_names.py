"""What the locustfile and the question that runs it both need to know; the locustfile alone imports locust."""

from pathlib import Path

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
TOKEN = "mockwave-token"
MOCK_SERVER_ID = "mock-server-id"
