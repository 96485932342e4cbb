"""Connections are found by name, and nothing that is said of them holds a password."""

from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from lakehouse.errors import SettingsError
from lakehouse.ingestion.connectors.connections import Connection, connection
from lakehouse.settings import REPOSITORY

URL = "postgresql://ann:pa%24%24w@db.example:5432/shop?sslmode=require"


def test_a_url_is_taken_apart(settings):
    found = connection(settings.model_copy(update={"connections": SecretStr(f'{{"db": "{URL}"}}')}), "db", "postgresql")
    assert (found.hosts, found.user, found.password, found.options) == ("db.example:5432", "ann", "pa$$w", {"sslmode": "require"})
    assert "pa" not in f"{found} {found!r}"
    assert found.without_secrets("of pa$$w and pa%24%24w") == "of *** and ***"


def test_a_file_is_read_and_a_variable_goes_before_it(settings, tmp_path):
    path = tmp_path / "connections.yaml"
    path.write_text(f"db: {URL}\nlogs: kafka://one:9092\n")
    path.chmod(0o600)
    own = settings.model_copy(update={"connections_file": path, "connections": SecretStr('{"logs": "kafka://two:9092"}')})
    assert connection(own, "db", "postgresql").user == "ann"
    assert connection(own, "logs", "kafka").hosts == "two:9092"
    assert own.environment()["GREENHOUSE_CONNECTIONS"] == '{"logs": "kafka://two:9092"}', "a child process is given them"
    assert "two" not in repr(own)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("db: pa$$w", 0o600, "connection db is no postgresql:// URL"),
        ("other: pa$$w", 0o600, "connection db is not known: set GREENHOUSE_CONNECTIONS"),
        ("db: postgresql:///pa$$w", 0o600, "connection db is no postgresql:// URL"),
        ("db: pa$$w", 0o640, "others may read it; run: chmod 600"),
        ("db: pa$$w", 0o604, "others may read it; run: chmod 600"),
        ("pa$$w: [", 0o600, "not YAML lines"),
    ],
)
def test_what_cannot_be_used_is_said_without_a_secret(settings, tmp_path, text, mode, said):
    path = tmp_path / "connections.yaml"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=said) as caught:
        connection(settings.model_copy(update={"connections_file": path}), "db", "postgresql")
    assert "pa$$w" not in caught.value.message


@pytest.mark.parametrize("text", ['["pa$$w"]', "pa$$w", "7"])
def test_a_variable_that_is_no_object_is_said_without_a_secret(settings, text):
    with pytest.raises(SettingsError, match=r"^GREENHOUSE_CONNECTIONS is no JSON object") as caught:
        connection(settings.model_copy(update={"connections": SecretStr(text)}), "db", "postgresql")
    assert "pa$$w" not in caught.value.message


def test_a_file_that_is_not_there_is_said(settings, tmp_path):
    with pytest.raises(SettingsError, match="there is no such file; see GREENHOUSE_CONNECTIONS_FILE"):
        connection(settings.model_copy(update={"connections_file": tmp_path / "gone.yaml"}), "db", "postgresql")


def test_what_a_server_says_is_told_by_its_first_line_and_without_the_password_however_it_is_written():
    found = Connection("db", urlsplit("postgresql://ann:a%22b%5Cc@db.example:5432/shop"))
    assert found.password == 'a"b\\c'
    told = found.said(ValueError('refused: a"b\\c,  "a\\"b\\\\c"\n at a%22b%5Cc'))
    assert told == 'refused: ***, "***"'
    assert found.without_secrets("a%22b%5Cc") == "***"
    assert found.place == "connection db (db.example:5432)"
    assert found.said(ValueError()) == "ValueError", "what says nothing is told by its name"


def test_the_repository_is_no_place_for_them(settings):
    with pytest.raises(SettingsError, match="outside the repository"):
        connection(settings.model_copy(update={"connections_file": REPOSITORY / "connections.yaml"}), "db", "postgresql")
