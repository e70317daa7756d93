"""The one kind of error that is shown to people as a single line."""

BAD_INPUT = 2
FAILED = 1


class DemoError(Exception):
    """Says what is wrong and what to do; `status` is the exit status it ends with."""

    def __init__(self, message, status=FAILED):
        super().__init__(message)
        self.status = status
