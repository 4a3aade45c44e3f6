"""Serving the site with gunicorn: one process with threads, which opens the store read-only."""

from __future__ import annotations

import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from registry.errors import SettingsError
from registry.settings import Settings
from registry.web.app import create_app


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings. The application is made in the worker, since an open store must not cross a fork."""

    def __init__(self, settings: Settings, address: str) -> None:
        self._settings, self._address = settings, address
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from the defaults of gunicorn: threads, since native queries would block an event loop."""
        options = {
            "bind": self._address,
            "workers": 1,
            "threads": self._settings.threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the WSGI application."""
        return create_app(self._settings)


def serve(settings: Settings) -> None:
    """Serve at the settings' host and port until interrupted. Raises SettingsError where nothing can listen there."""
    _probe(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host  # RFC 3986, section 3.2.2
    print(f"{settings.title}: http://{host}:{settings.port}/ (Ctrl-C ends it)", flush=True)
    _Server(settings, f"{host}:{settings.port}").run()


def _probe(host: str, port: int) -> None:
    """Raise SettingsError when nothing can listen there: gunicorn would try five times, and end with a log."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {host}:{port} ({error.strerror or error}): end what listens there, "
                "or choose another port with --port"
            ) from error
