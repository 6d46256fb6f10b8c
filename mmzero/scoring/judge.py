"""A model that is asked about answers. What cannot be had from it is Unknown, which leaves a reward missing and is never
a number. Must not know what is asked, nor what for."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from mmzero.errors import EngineError
from mmzero.recipe.sentences import mistake, show
from mmzero.recipe.tree import Judge as Settings
from mmzero.scoring.view import Pictures, Surroundings
from mmzero.types import Ask, Rollout, Task, seed_of

_MOST_BYTES = 2**20  # of a reply
_MOST_REMEMBERED = 65_536
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_YES = {"yes": True, "true": True, "no": False, "false": False}


class Unknown(Exception):
    """The judge did not answer, or nothing that can be read."""


class Busy(Unknown):
    """It may answer if it is asked again."""


class Voice(Protocol):
    def __call__(self, prompt: str, images: Sequence[bytes]) -> str:
        """What the model says; images are PNG files."""
        ...


class Judge:
    """`judge(prompt)` is what the model says. Equal questions are asked once; from several threads, several at a time."""

    def __init__(self, settings: Settings, voice: Voice):
        self._settings, self._voice = settings, voice
        self._pace = Pace(settings.per_minute)
        self._at_once = threading.Semaphore(settings.concurrency)
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Future[str]] = OrderedDict()

    @property
    def most_at_once(self) -> int:
        return self._settings.concurrency

    def __call__(self, prompt: str, images: Iterable[Any] = ()) -> str:
        pngs = tuple(_pngs(images))
        key = hashlib.blake2b(repr((prompt, pngs)).encode("utf-8", "replace"), digest_size=16).hexdigest()
        with self._lock:
            known = self._asked.get(key)
            if known is None:
                mine = self._asked[key] = Future()
                while len(self._asked) > _MOST_REMEMBERED:
                    self._asked.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(self._answer(prompt, pngs))
        except BaseException as error:
            with self._lock:  # it may be asked again later
                self._asked.pop(key, None)
            mine.set_exception(error)
        return mine.result()

    def verdict(self, prompt: str, images: Iterable[Any] = ()) -> bool:
        """Yes or no, whichever alone stands in the last line it says."""
        said = self(prompt, images)
        found = {_YES[word] for word in re.findall(r"[a-z]+", _last_line(said).casefold()) if word in _YES}
        if len(found) != 1:
            raise Unknown(f"the judge was to say yes or no and said {show(said)}")
        return found.pop()

    def number(self, prompt: str, images: Iterable[Any] = (), low: float = 0.0, high: float = 1.0) -> float:
        """The only number in the last line it says, from `low` to `high`."""
        said = self(prompt, images)
        found = [float(one.group()) for one in _NUMBER.finditer(_last_line(said))]
        if len(found) != 1 or not low <= found[0] <= high:
            raise Unknown(f"the judge was to say one number from {low:g} to {high:g} and said {show(said)}")
        return found[0]

    def _answer(self, prompt: str, images: Sequence[bytes]) -> str:
        for attempt in range(self._settings.retries + 1):
            try:
                self._pace.wait()
                with self._at_once:
                    return self._voice(prompt, images)
            except Busy:
                if attempt == self._settings.retries:
                    raise
                time.sleep(self._settings.pause(attempt))
        raise AssertionError("the last attempt returns or raises")


class Pace:
    """No more than so many within any minute; none asked for is no limit."""

    def __init__(self, per_minute: int | None, now: Callable[[], float] = time.monotonic, sleep=time.sleep):
        self._most, self._now, self._sleep = per_minute, now, sleep
        self._lock, self._sent = threading.Lock(), deque()

    def wait(self) -> None:
        if self._most is None:
            return
        with self._lock:  # who waits for the window holds back those behind
            if len(self._sent) == self._most:
                self._sleep(max(0.0, self._sent.popleft() + 60 - self._now()))
            self._sent.append(self._now())


def judge_of(settings: Settings | None, around: Surroundings) -> Judge | None:
    if settings is None:
        return None
    if settings.address is not None:
        return Judge(settings, _Address(settings))
    return Judge(settings, _SamplerVoice(settings, around))


class _Address:
    """An OpenAI-compatible address: `POST …/chat/completions`."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._headers = {"Content-Type": "application/json"}
        if settings.key_file:
            self._headers["Authorization"] = f"Bearer {_key(settings.key_file)}"

    def __call__(self, prompt: str, images: Sequence[bytes]) -> str:
        settings = self._settings
        pictures = [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(png).decode()}"}}
            for png in images
        ]
        content: Any = [*pictures, {"type": "text", "text": prompt}] if pictures else prompt
        body = {
            "model": settings.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
        }
        status, reply = self._post(json.dumps(body).encode())
        if status == 429 or status >= 500:
            raise Busy(f"the judge at {settings.address} answered with status {status}")
        if status != 200:
            raise Unknown(f"the judge at {settings.address} answered with status {status}: {show(_text(reply))}")
        try:
            said = json.loads(reply)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError, RecursionError):
            said = None
        if not isinstance(said, str):
            raise Unknown(f"the judge at {settings.address} answered {show(_text(reply))}, which holds no message")
        return said

    def _post(self, body: bytes) -> tuple[int, bytes]:
        where = urlsplit(self._settings.address)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        try:
            connection = kind(where.hostname, where.port, timeout=self._settings.timeout)
            try:
                connection.request("POST", f"{where.path.rstrip('/')}/chat/completions", body, self._headers)
                response = connection.getresponse()
                return response.status, response.read(_MOST_BYTES)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:  # a timeout is an OSError
            said = str(error) or type(error).__name__
            raise Busy(f"the judge at {self._settings.address} does not answer ({said})") from error


class _SamplerVoice:
    """A sampler of the campaign. Questions that come while it answers are answered together when it is done."""

    def __init__(self, settings: Settings, around: Surroundings):
        self._settings, self._around = settings, around
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._waiting: dict[str, tuple[Ask, Future[str]]] = {}

    def __call__(self, prompt: str, images: Sequence[bytes]) -> str:
        if self._settings.policy not in self._around.samplers or self._around.put is None:
            raise Unknown(f"the judge is the policy {self._settings.policy}, whose sampler is not here")
        ask = self._ask(prompt, tuple(map(self._around.put, images)))
        said: Future[str] = Future()
        with self._lock:
            self._waiting[ask.task.id] = (ask, said)
        with self._turn:
            if not said.done():
                with self._lock:
                    taken, self._waiting = self._waiting, {}
                self._play(taken)
        return said.result()

    def _play(self, taken: dict[str, tuple[Ask, Future[str]]]) -> None:
        try:
            for group in self._around.samplers[self._settings.policy].play(ask for ask, _ in taken.values()):
                _answer_future(taken[group[0].task.id][1], group[0])
            left = "the judge's sampler left it unanswered"
        except EngineError as error:
            left = f"the judge's sampler failed: {error}"
        for _, said in taken.values():
            if not said.done():
                said.set_exception(Busy(left))

    def _ask(self, prompt: str, images: tuple[str, ...]) -> Ask:
        id = f"judge/{hashlib.blake2b(repr((prompt, images)).encode('utf-8', 'replace'), digest_size=16).hexdigest()}"
        task = Task(
            id=id, family="judge", kind="judge", level=0, question=prompt, images=images, answer=None, scene="{}",
            source="judge", seed=seed_of(id),
        )  # fmt: skip
        return Ask(
            task=task, role="judge", policy=self._settings.policy, system="", text=prompt, images=images,
            max_tokens=self._settings.max_tokens, temperature=self._settings.temperature, seeds_G=(seed_of(id),),
        )  # fmt: skip


def _answer_future(said: Future[str], rollout: Rollout) -> None:
    if rollout.finish == "length" and not rollout.text.strip():
        said.set_exception(Unknown("the judge said nothing"))
    else:
        said.set_result(rollout.text)


def _pngs(images: Iterable[Any]) -> Iterable[bytes]:
    if isinstance(images, Pictures):
        yield from (path.read_bytes() for path in images.paths)
        return
    for image in images:
        held = io.BytesIO()
        image.save(held, "PNG")
        yield held.getvalue()


def _key(file: str) -> str:
    try:
        key = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise mistake(f"the judge's key_file {show(file)} cannot be read ({error}); correct the path") from error
    if not key.isascii() or not key.isprintable() or not key:
        raise mistake(f"the judge's key_file {show(file)} holds no key; write the key alone on its first line")
    return key


def _last_line(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "")


def _text(reply: bytes) -> str:
    return reply[:200].decode("utf-8", "replace")
