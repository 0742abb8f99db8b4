"""mockwave's own engine: HTTP/1 on uvloop, in two lanes.

The fast lane (cext/serving/) answers plain hits whose heads are beyond doubt. Everything else comes here: heads that
llhttp has to judge (`heads`), bodies that come in pieces (`incoming_bodies`), and requests that take the application
longer to answer (`connection`). `serving` is the process around it: sockets, TLS, signals, the timer wheel.
"""
