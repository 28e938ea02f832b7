"""Commands that run something until they are told to stop: serve, demo, sandbox."""

import argparse
import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping

from postal_bridge.app import Part
from postal_bridge.app import serve as serve_one
from postal_bridge.errors import Misuse
from postal_bridge.logs import configure_logging
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings

_RESTART_SECONDS = 1.0
_MISUSE, _INTERRUPTED = 2, 130
_CHILD = "PB_SERVICE__PROCESSES"


def stop_event() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def serve(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the service; with several processes, watch over them."""
    settings = _with_options(load_settings(environ), options)
    configure_logging(settings.service.log_level, stream=sys.stderr)
    if settings.service.processes > 1:
        if settings.service.replay_clock:
            raise Misuse("a replay clock runs in one process only; set processes = 1")
        return _watch(settings, options, environ)
    shared = environ.get(_CHILD) == "1"

    async def main() -> None:
        await serve_one(settings, part=Part(options.role), stop=stop_event(), reuse_port=shared)

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main())
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quick loop, where there is one: it is not made for Windows."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _with_options(settings: Settings, options: argparse.Namespace) -> Settings:
    given = {
        name: value
        for name in ("host", "port", "processes")
        if (value := getattr(options, name)) is not None
    }
    service = settings.service.model_copy(update=given)
    return settings.model_copy(update={"service": service})


def _watch(settings: Settings, options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """N processes share the port; one that dies is started again.

    One that says that it was called or configured wrongly would say so for ever: that ends all.
    """
    service = settings.service
    command = [
        *(sys.executable, "-m", "postal_bridge", "serve"),
        *("--host", service.host, "--port", str(service.port), "--role", options.role),
    ]
    stopping, code = False, 0

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = [_start(command, environ) for _ in range(service.processes)]
    while not stopping:
        signal.sigtimedwait((), _RESTART_SECONDS)
        if any(child.poll() == _MISUSE for child in children):
            stopping, code = True, _MISUSE
        children = [
            child if child.poll() is None or stopping else _start(command, environ)
            for child in children
        ]
    for child in children:
        child.terminate()
    for child in children:
        child.wait()
    return code


def _start(command: list[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env={**environ, _CHILD: "1"})  # noqa: S603 - our own command


def demo(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Replay Lạng Sơn's first month."""
    from postal_bridge.demo.run import DemoOptions, run_demo

    settings = load_settings(environ)
    configure_logging("warning", stream=sys.stderr)
    result = asyncio.run(
        run_demo(
            settings.config_dir,
            DemoOptions(
                once=options.once,
                days=options.days,
                seed=options.seed,
                as_json=options.json,
                port=options.port,
                folder=options.folder,
            ),
        )
    )
    if result.interrupted:
        return _INTERRUPTED  # nothing was judged, so nothing may look well
    return 0 if result.agrees else 1


def sandbox(options: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    """Run the stand-in of an outside system on loopback."""
    from postal_bridge.clock import SystemClock
    from postal_bridge.sandbox.profiles import imitated, profile_of
    from postal_bridge.sandbox.running import opened_app

    stand_in = imitated(profile_of(options.system, options.profile), clock=SystemClock())

    async def main() -> None:
        stop = stop_event()
        async with opened_app(stand_in.app, port=options.port) as url:
            print(f"Hệ thống giả lập / stand-in: {stand_in.name}: {url}")
            print("Thiết lập để kết nối / settings to connect with it:\n")
            print(f"{stand_in.settings_at(url)}\n")
            print("Ctrl-C để dừng / to stop", flush=True)
            await stop.wait()

    asyncio.run(main())
    return 0
