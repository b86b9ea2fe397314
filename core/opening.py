"""How a host comes about: settings, plugins, keys, and the day on which a demo country lives."""

from collections.abc import Sequence

from core.clock import on_day
from core.host import Host
from core.identity import KeyRing
from core.plugins import load_plugins
from core.services.installation import lives_on
from core.settings import InstallationKind, Settings


def make_host(settings: Settings, plugins: Sequence[object]) -> Host:
    """Load plugins and keys.

    Parameters
    ----------
    settings : Settings
    plugins : sequence of modules
        Our own, named by the caller; installed ones come where the settings allow.
    """
    manager = load_plugins(plugins, third_party=settings.third_party_plugins)
    host = Host(settings, manager, KeyRing.ensure(settings.keys_file))
    day = lives_on(host) if settings.installation is InstallationKind.DEMO else None
    if day:
        host.clock = on_day(day)
    return host
