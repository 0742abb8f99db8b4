"""The process of a server for tests: `python -m mockwave.server.server_for_tests FOLDER WORKERS ENGINE`.

It runs on an ephemeral data folder and a free port. It ends with the last of its users (meeting_folders.py), or by
SIGTERM as any server does.
"""

import os
import signal
import sys
from pathlib import Path

from mockwave.server.loading import loading

with loading():
    from mockwave.data_folder import DataFolder
    from mockwave.management.keys import find_secret
    from mockwave.management.tokens import mint_token
    from mockwave.server.meeting_folders import MeetingFolder, MeetingPoint
    from mockwave.server.presence import RunningServer
    from mockwave.server.run import run_server
    from mockwave.settings import Settings

TOKEN_LIVES_S = 30 * 86_400


def main(path: str, workers: str, engine: str) -> int:
    folder = MeetingFolder(Path(path))
    folder.server_file.unlink(missing_ok=True)
    folder.say_alive()

    def announce(server: RunningServer, settings: Settings) -> None:
        secret = find_secret(DataFolder(settings.data_dir), settings.jwt_secret)
        token = mint_token(secret, expires_in_s=TOKEN_LIVES_S, subject="mockwave.testing")
        folder.publish(MeetingPoint(server.url, token))
        folder.wait_for_last_user()
        os.kill(os.getpid(), signal.SIGTERM)

    settings = Settings(data_dir="", ephemeral=True, port=0, workers=int(workers), engine=engine)
    try:
        return run_server(settings, announce)
    finally:
        folder.server_file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
