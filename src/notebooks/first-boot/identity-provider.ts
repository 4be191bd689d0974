/** A larger file of guests counts as none. Twenty guests with RSA keys of 16384 bits need less. */
export const maxGuestsBytes = 65_536;

/**
 * Python. Jupyter hashes the URL's token and compares digests, so the VM does not hold a token, and a digest
 * itself opens nothing. The owner's digest is read when Jupyter starts, those of guests for each request, so
 * that no kernel ends when a guest comes or goes. A guest's cookie names the guest and the digest, and is
 * refused when they are gone. Tested with jupyter_server 2.15 and 2.21.
 */
export function identityProvider(guestsPath: string): string {
  return `\
import dataclasses
import hashlib
import hmac
import inspect
import re
import weakref

from jupyter_server.auth.identity import PasswordIdentityProvider
from tornado.ioloop import PeriodicCallback
from tornado.websocket import WebSocketHandler


def guests():
    """The digests of the guests' tokens, by the beginning of their users' names."""
    try:
        with open(${JSON.stringify(guestsPath)}, "rb") as file:
            text = file.read(${maxGuestsBytes + 1})
    except OSError:
        return {}
    if len(text) > ${maxGuestsBytes}:
        return {}
    line = rb"^([a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?) ([0-9a-f]{64})(?: .*)?$"
    found = [(n.decode(), d.decode()) for n, d in re.findall(line, text, re.M)]
    return {f"guest:{name}:{digest[:16]}:": digest for name, digest in found}


def mark_of(user):
    """The beginning of a guest's user's name; empty for the owner."""
    found = re.match("guest:[^:]*:[^:]*:", user.username)
    return found.group() if found else ""


class HashedTokenIdentityProvider(PasswordIdentityProvider):
    """Knows only the SHA-256 of the tokens."""

    def _mark(self, given):
        if not given:
            return None
        digest = hashlib.sha256(given.encode()).hexdigest()
        if hmac.compare_digest(digest, self.token):
            return ""
        marks = [m for m, known in guests().items() if hmac.compare_digest(digest, known)]
        return marks[0] if marks else None

    def _new_user(self, handler, mark):
        user = self.generate_anonymous_user(handler)
        if not mark:
            return user
        name = mark.split(":")[1]
        texts = {"name": name, "display_name": name, "initials": name[:2].upper()}
        return dataclasses.replace(user, username=mark + user.username, **texts)

    def get_token(self, handler):
        given = super().get_token(handler)
        return self.token if given and self._mark(given) == "" else None

    def get_user_token(self, handler):
        mark = self._mark(super().get_token(handler))
        if mark is None:
            return None
        user = self.get_user_cookie(handler)
        return user if user and mark_of(user) == mark else self._new_user(handler, mark)

    def user_from_cookie(self, cookie_value):
        user = super().user_from_cookie(cookie_value)
        is_known = not user.username.startswith("guest:") or mark_of(user) in guests()
        return user if is_known else None

    async def get_user(self, handler):
        user = super().get_user(handler)
        if inspect.isawaitable(user):
            user = await user
        if user is not None and mark_of(user) and isinstance(handler, WebSocketHandler):
            watch(handler, mark_of(user))
        return user

    def process_login_form(self, handler):
        mark = self._mark(handler.get_argument("password", default=""))
        return None if mark is None else self._new_user(handler, mark)


sockets = weakref.WeakKeyDictionary()
watching = []


def watch(handler, mark):
    """A WebSocket stays open for days, so it is closed when its guest is gone."""
    sockets[handler] = mark
    if not watching:
        watching.append(PeriodicCallback(close_others, 1000))
        watching[0].start()


def close_others():
    known = guests()
    for handler, mark in list(sockets.items()):
        if mark not in known:
            del sockets[handler]
            handler.close(1008, "no longer a guest")


def renewed(path):
    """The digest that another login has written there; None without one."""
    try:
        with open(path, encoding="ascii") as file:
            found = file.read(80).strip()
    except (OSError, ValueError):
        return None
    return found if re.fullmatch("[0-9a-f]{64}", found) else None

`;
}
