"""The call of an ASGI application, as far as a plain hit needs it: scope → Responder → two messages.

In Python, the same lines cost a request on granian 1.5 µs, more than matching and recording it. `send` is awaited only
if the server's `send` is a coroutine; granian's does its work when it is called.
"""

from types import CoroutineType

from mockwave._responder cimport IS_PACED, Reply, Responder


cdef class AsgiCall:
    """The base class of an ASGI application. The application's class has

    - `lifespan(scope, receive, send)` and `answer(scope, receive, send)`, which are awaited, for all but plain hits;
    - `send_later(reply, send)`, awaited, for a Reply with a delay;
    - `send_paced(reply, receive, send)`, awaited, for a Reply that a rule damages or slows down;
    - `await_both(first, send, reply)`, awaited, if `send` is a coroutine, and `first` its first call;
    - `prepare(reply)`: the message that starts the Reply, which it keeps in `reply.prepared`.

    `respond` is the Application's; `done` is an awaitable that is done once the application has started.
    """

    cdef object _respond
    cdef Responder responder  # the owner of the method `respond`; None: it is another callable
    cdef public object done
    cdef dict body_message

    def __cinit__(self, *_):
        self.body_message = {"type": "http.response.body", "body": b""}

    @property
    def respond(self):
        return self._respond

    @respond.setter
    def respond(self, respond):
        self._respond = respond
        owner = getattr(respond, "__self__", None)
        self.responder = owner if isinstance(owner, Responder) else None

    def call(self, scope, receive, send):
        """Answers a plain hit inside the call; returns an awaitable."""
        cdef Reply reply
        if scope["type"] != "http":
            return self.lifespan(scope, receive, send)
        if self.responder is not None:
            reply = self.responder.respond(
                <str?>scope["method"], <bytes?>scope["raw_path"], <bytes?>scope["query_string"], scope["headers"],
                scope["client"],
            )
        else:
            reply = self._respond(
                scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], scope["client"]
            )
        if reply is None:
            return self.answer(scope, receive, send)
        if reply.flags & IS_PACED:
            return self.send_paced(reply, receive, send)
        if reply.delay_ms:
            return self.send_later(reply, send)
        sent = send(reply.prepared or self.prepare(reply))
        if type(sent) is CoroutineType:
            return self.await_both(sent, send, reply)
        # The server has read the message when `send` returns, so one message serves all Replies.
        self.body_message["body"] = reply.body
        send(self.body_message)
        return self.done
