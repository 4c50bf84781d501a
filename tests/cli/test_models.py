"""`duochat models` loads only what it needs."""

import os
import subprocess
import sys
from pathlib import Path

LISTED = """
import sys
sys.argv[1:] = ["models", "--json"]
from tui.cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def test_json_list_loads_no_conversation_and_no_rich(tmp_path: Path) -> None:
    ended = subprocess.run(
        (sys.executable, "-P", "-c", LISTED),
        env={**os.environ, "DUOCHAT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ended.stderr.split())
    assert "smollm2-135m" in ended.stdout
    assert "tui.models.catalogue.catalogue" in loaded
    assert (
        not {"tui.chat.conversation", "tui.chat.generation_settings", "rich", "textual", "llama_cpp", "huggingface_hub"}
        & loaded
    )
