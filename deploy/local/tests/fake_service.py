"""A stand-in for one of the five: answers health and metrics, and dies when told to."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METRICS = """\
# TYPE tianlong_events_pending gauge
tianlong_events_pending 3.0
# TYPE tianlong_held_messages gauge
tianlong_held_messages 1.0
# TYPE tianlong_consumer_lag gauge
tianlong_consumer_lag{topic="field.events.v1",group="customers"} 2.0
tianlong_consumer_lag{topic="pipeline.events.v1",group="customers"} 5.0
"""


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(1)
        body = METRICS if self.path == "/metrics" else os.environ["TIANLONG_MONGODB_URI"]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


class Server(ThreadingHTTPServer):
    request_queue_size = 32


Server((os.environ["TIANLONG_HOST"], int(os.environ["TIANLONG_PORT"])), Answers).serve_forever()
