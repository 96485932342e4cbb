"""The commands that the README names, and where each is run: the trial on the real shop takes all that no other test has to itself."""

from __future__ import annotations

import re

from lakehouse.settings import REPOSITORY

README = REPOSITORY / "README.md"
# In a block a comment may follow; in a sentence a variable may go before.
COMMAND = re.compile(r"^\./greenhouse (.+?)(?:\s+#.*)?$|`(?:[A-Z_]+=\S+ )?\./greenhouse ([^`]+)`", re.MULTILINE)
# A command that needs a home or a value of its own: the file that runs it, and how that is written there.
ELSEWHERE = {
    "demo": ("tests/line/conftest.py", 'greenhouse("demo")'),
    "demo --quick": ("tests/line/test_demo_plantly.py", '"--quick"'),
    "demo plantly": ("tests/line/test_demo_plantly.py", 'parametrize("which", ["plantly"'),
    "nights serve": ("tests/line/test_online_retail.py", 'beginning("nights", "serve")'),
    "ui": ("tests/orchestration/test_ui.py", "serving("),
    "explain PREDICTION_ID": ("tests/line/test_online_retail.py", 'greenhouse("explain", prediction)'),
    "run --source FILE --from DAY --to DAY": ("tests/trials/test_pulling_shop.py", '"run", "--source"'),
    'rollback --why "the start page fell off"': ("tests/line/test_tiny_plantly.py", '"rollback", "--why"'),
    "engine stop": ("tests/line/conftest.py", 'greenhouse("engine", "stop")'),
}
# Quick ones, which CI runs on a tiny shop.
QUICK = ("tables", "quarantine list", "files list", "sql ", "catalogue", "reconcile", "report 1", "serving", "nights on", "tend --dry-run")


def commands() -> list[str]:
    """Every command of the README, each once, in its order; the tests' own is left out, since it runs this."""
    found = [first or second for first, second in COMMAND.findall(README.read_text())]
    return [each for each in dict.fromkeys(found) if each.split()[0] != "test"]


TRIED = [each for each in commands() if each not in ELSEWHERE]
TRIED_IN_CI = [each for each in TRIED if each.startswith(QUICK)]
