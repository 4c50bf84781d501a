"""The program of the worker: `python -m tui.engine.worker`."""

import sys

from tui.engine.installation import UnusableEngineError
from tui.engine.worker.pipes import refuse

try:
    from tui.engine.worker.worker import main
except UnusableEngineError as error:
    refuse(str(error))

if __name__ == "__main__":
    main(sys.argv[1:])
