"""Whether a login still counts."""

from mosaic_core.accounts.model import Session, User
from mosaic_core.caller import Caller
from mosaic_core.errors import USER_GONE, Forbidden, Unauthorized
from mosaic_core.store import UnitOfWork


def is_living(unit: UnitOfWork, user: User, token_id: str) -> bool:
    """Return whether a login of the user still counts, unless its time has run out.

    A new password begins a new generation of tokens; it keeps the row of the login that set it alone.
    """
    if unit.users.is_revoked(token_id):
        return False
    if token_id.partition("-")[0] == str(user.token_generation):
        return True
    return any(stored.token_id == token_id for stored in unit.sessions.of(user.id))


def require_living(unit: UnitOfWork, session: Session) -> None:
    """Raise Unauthorized if the login has ended since its request began, Forbidden if its rights have.

    A request waits for its turn. What opens a door for longer than the login itself looks again in its own
    transaction: otherwise it could outlast a new password.
    """
    user = unit.users.get(session.caller.user_id)
    if user is None or not is_living(unit, user, session.token_id):
        raise Unauthorized("The token is no longer valid")
    if session.caller.is_admin and not user.is_admin:
        raise Forbidden("Only administrators may do that")


def own_account(unit: UnitOfWork, caller: Caller) -> User:
    """Return the caller's account. Raises Unauthorized if it is gone."""
    user = unit.users.get(caller.user_id)
    if user is None:
        raise Unauthorized(USER_GONE)
    return user
