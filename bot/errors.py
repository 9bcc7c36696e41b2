"""Every error this project raises, by cause.

BotError
├── SettingsError                what the operator configured cannot work
├── UserError                    a person's mistake or bad luck; its text may be shown to them
│   ├── NotAllowed               this person may not do this
│   ├── ReviewGone               the review is not open to votes any more
│   ├── NoHeir                   the review cannot be handed over to that person
│   ├── NoVote                   there is no vote that could be withdrawn
│   ├── QuestionGone             somebody has answered already
│   ├── ChecksFail               a check of SecMaster's keeps the version from being approved
│   ├── UnknownWord              a subcommand was followed by something that it does not know
│   ├── UnknownVersion           SecMaster knows no such workflow version
│   ├── NotPending               the version does not wait for review
│   ├── ReasonRefused            the reason, or another text, is empty or too long
│   └── PictureError             there is no picture of the difference; the words stay
├── SecMasterError               SecMaster, its gateway or IAM; carries status, code, message, request id
│   ├── Refused                  it said no: nothing was changed, the same call will be refused again
│   │   ├── NotFound             the object does not exist (SecMaster says so with 400)
│   │   └── Unauthorized         the credentials were not accepted (401): never repeat in a loop
│   ├── Throttled                429: nothing was changed, wait
│   │   └── LockedOut            not even asked, because the credentials were refused a moment ago
│   ├── Unreachable              the request never arrived: nothing was changed
│   └── OutcomeUnknown           sent, but no usable answer: it may have been applied
├── SlackError                   Slack's Web API; carries method, code and what to wait for
│   ├── SlackRefused             it said no
│   ├── SlackThrottled           429: wait
│   ├── SlackUnreachable         the call never arrived, or Slack says it failed
│   └── SlackOutcomeUnknown      sent, but no answer: it may have been applied
└── StoreError                   the database is away, or refuses; carries the cause in plain words
"""

from __future__ import annotations


class BotError(Exception):
    """The root: everything that this project raises on purpose."""


class SettingsError(BotError):
    """The settings cannot work; `problems` holds one line each, none of which repeats a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UserError(BotError):
    """Told to the person as it is: what happened, and what to do.

    `text` is the English sentence, which is also its key in the catalogs; `facts` fill its {placeholders}.
    """

    def __init__(self, text: str, **facts: object) -> None:
        super().__init__(text.format(**facts) if facts else text)
        self.text = text
        self.facts = facts


class NotAllowed(UserError):
    """This person may not do this."""


class ReviewGone(UserError):
    """The review is not open to votes any more."""


class NoHeir(UserError):
    """The review cannot be handed over to that person."""


class NoVote(UserError):
    """There is no vote that could be withdrawn."""


class ChecksFail(UserError):
    """A check of SecMaster's fails or is not known, and the policy lets nobody approve before it passes."""


class QuestionGone(UserError):
    """Somebody has answered already."""


class UnknownWord(UserError):
    """A subcommand was followed by something that it does not know."""


class UnknownVersion(UserError):
    """SecMaster knows no such workflow version."""


class NotPending(UserError):
    """The version exists but does not wait for review."""


class ReasonRefused(UserError):
    """The reason, or another typed text, is empty or too long."""


class PictureError(UserError):
    """There is no picture of what a submission changes; the difference in words stays alone."""


class SecMasterError(BotError):
    """An answer, or the lack of one, from SecMaster, its gateway or IAM.

    `status` is the HTTP status (None when there was no answer), `code` and `message` are the service's own words and
    `request_id` is what its support asks for ("" when it gave none).
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: str = "", request_id: str = "", operation: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.operation = operation

    def __str__(self) -> str:
        """All facts on one line, for the log."""
        facts = [f"HTTP {self.status}" if self.status else "", self.code, self.message]
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        return f"{self.operation or 'SecMaster'}: " + ", ".join(fact for fact in facts if fact)


class Refused(SecMasterError):
    """SecMaster said no: nothing was changed, and the same call will be refused again."""


class NotFound(Refused):
    """The object does not exist."""


class Unauthorized(Refused):
    """The credentials were not accepted. Five failures in a row lock an access key: never loop."""


class Throttled(SecMasterError):
    """Too many calls: nothing was changed. `retry_after` is in seconds, None when SecMaster did not say."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        operation: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id, operation=operation)
        self.retry_after = retry_after


class LockedOut(Throttled):
    """SecMaster was not asked: it refused the credentials a moment ago, and too many refusals lock them."""


class Unreachable(SecMasterError):
    """The request never arrived (no connection): nothing was changed."""


class OutcomeUnknown(SecMasterError):
    """The request was sent and no usable answer came (timeout, broken connection, 5xx, gibberish)."""


class SlackError(BotError):
    """An answer, or the lack of one, from Slack's Web API; `code` is Slack's own (`channel_not_found`)."""

    def __init__(self, method: str, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.retry_after = retry_after


NOBODY = frozenset({"user_not_found", "user_not_visible", "invalid_arguments"})
"""What Slack answers when it is asked for somebody who does not exist for us, or for what is no id at all."""


class SlackRefused(SlackError):
    """Slack said no."""

    @property
    def nobody(self) -> bool:
        """Whether it said so of a person, and because it knows none of that id (users.info, Errors)."""
        return self.method == "users.info" and self.code in NOBODY


class SlackThrottled(SlackError):
    """Slack says to wait `retry_after` seconds."""


class SlackUnreachable(SlackError):
    """The call never arrived, or Slack says that it failed."""


class SlackOutcomeUnknown(SlackError):
    """The call was sent and no answer came: it may have been applied."""


class StoreError(BotError):
    """The database is away, or refuses what it is asked for; what was in hand may have been committed.

    `cause` says why in words that hold no secret, `advice` what to do about it; `passes`: it may go by itself.
    """

    def __init__(self, cause: str, *, advice: str = "", passes: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.advice = advice
        self.passes = passes
