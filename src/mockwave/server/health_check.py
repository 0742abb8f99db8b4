"""`python -m mockwave.server.health_check`: is the server of the data folder ready? For a HEALTHCHECK of a container.

Exit code 0 if GET /readyz is 200, at the address that the server has published, whatever its port and TLS.
"""

import os
import sys

from mockwave.data_folder import DataFolder
from mockwave.server.awaited_workers import is_ready
from mockwave.server.presence import find_running_server
from mockwave.settings import default_data_dir


def main() -> int:
    folder = DataFolder(os.environ.get("MOCKWAVE_DATA_DIR") or default_data_dir())
    running = find_running_server(folder)
    if running is None:
        print(f"no server answers on {folder.path} yet")
        return 1
    if not is_ready(running.url):
        print(f"{running.url}/readyz is not 200")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
