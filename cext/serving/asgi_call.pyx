"""The call of an ASGI application, as far as a plain hit needs it: scope → Responder → two messages.

Interpreted, the same lines cost a request on granian 1.5 µs, more than to be matched and put on record. `send` is
awaited only where a server's `send` is a coroutine: granian's does its work when it is called.
"""

from types import CoroutineType

from mockwave._responder cimport IS_PACED, Reply, Responder


cdef class AsgiCall:
    """What an ASGI application inherits from. Its class has

    - `lifespan(scope, receive, send)` and `answer(scope, receive, send)`, which are awaited, for all but plain hits;
    - `send_later(reply, send)`, awaited, for a Reply with a delay;
    - `send_paced(reply, receive, send)`, awaited, for one that a rule spoils or slows down;
    - `await_both(first, send, reply)`, awaited, where `send` is a coroutine, and `first` its first call;
    - `prepare(reply)`: the message that starts the Reply, which it keeps in `reply.prepared`.

    `respond` is the Application's, and `done` an awaitable that is done, once the application has started.
    """

    cdef object _respond
    cdef Responder responder  # whose own method `respond` is; None: it is another one
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
        # The server has read the message when `send` returns: one for all spares each Reply its own.
        self.body_message["body"] = reply.body
        send(self.body_message)
        return self.done
