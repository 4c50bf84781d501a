"""Long-lived objects taken out of the garbage collector's rounds."""

import gc


def freeze() -> None:
    """Take all that is alive now out of the collector's rounds, and gives back what an earlier call took out.

    A program with a screen holds some hundred thousand objects for as long as it runs. A full round looks at each of
    them: forty milliseconds and more, now and then, in which nothing is painted and no key is heard.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
