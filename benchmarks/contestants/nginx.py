"""nginx with `return 200`: what a server in C costs that answers without looking anything up.

A body too long for a configuration file (4 KB a word) is served from a file, kept open.
"""

import shutil
from pathlib import Path

from benchmarks.contestants.contract import Running
from benchmarks.contestants.servers import PortServer, start_on_port
from benchmarks.processes import find_free_port
from benchmarks.sites import RESPONSE_HEADERS, Site

LONGEST_WORD_BYTES = 4_000

CONFIGURATION = """\
daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 16384; }}
http {{
    access_log {access_log};
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 600;
    open_file_cache max=16;
    sendfile on;
    tcp_nopush on;
    types {{ }}
    default_type {content_type};
    server {{
        listen 127.0.0.1:{port} reuseport backlog=4096;
        location / {{
            {headers}
            {answer}
        }}
    }}
}}
"""


class Nginx(PortServer, frozen=True):
    @property
    def answers_any_path(self) -> bool:
        return True

    def find_missing(self) -> str:
        return "" if find_nginx() else "nginx is not installed (Debian: apt install nginx-light)"

    def start(self, site: Site, folder: Path, cores: str) -> Running:
        port = find_free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(self._configure(site, folder, port))
        return start_on_port([find_nginx(), "-c", str(configuration), "-p", str(folder)], port, folder, cores)

    def _configure(self, site: Site, folder: Path, port: int) -> str:
        (_, content_type), *others = RESPONSE_HEADERS
        if len(site.body) <= LONGEST_WORD_BYTES:
            answer = f"return 200 '{site.body.decode()}';"
        else:
            (folder / "body").write_bytes(site.body)
            answer = f"root {folder}; rewrite ^ /body break;"
        return CONFIGURATION.format(
            # Else its workers could not read the folder, which is nobody else's.
            user="user root;" if Path.home() == Path("/root") else "",
            workers=site.workers,
            folder=folder,
            port=port,
            access_log=f"{folder}/access.log combined buffer=64k flush=1s" if self.logs else "off",
            content_type=content_type.decode(),
            headers=" ".join(f"add_header {name.decode()} '{value.decode()}';" for name, value in others),
            answer=answer,
        )


def find_nginx() -> str:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx") or ""
