"""Serving the site with gunicorn: one process with threads, which opens the store read-only after its start."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication

from registry.settings import Settings
from registry.web.application import create_app


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; it makes the application after the fork, since an open store must not cross one."""

    def __init__(self, settings: Settings, address: str) -> None:
        self._settings, self._address = settings, address
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults: threads, because gevent would stall on native queries."""
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


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted."""
    print(f"{settings.title}: http://{host}:{port}/ (Ctrl-C ends it)", flush=True)
    _Server(settings, f"{host}:{port}").run()
