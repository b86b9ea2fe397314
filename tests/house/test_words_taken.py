"""The core refuses plugins the words of rooms that it may not import; here they are held to what is there."""

import typer

from cli.commands import main
from core.plugin_checks import COMMANDS, FEATURES
from scoring import features

TO_COME = {"backup", "export", "restore", "verify"}  # as the house means to call them


def test_the_commands_refused_as_names_are_the_platforms() -> None:
    built = typer.main.get_command(main)
    assert set(getattr(built, "commands", {})) | TO_COME == COMMANDS


def test_the_features_refused_are_the_platforms() -> None:
    assert {feature.name for feature in features.FEATURES} == FEATURES
