"""Lanyard as it is shipped, except that it may ask the department's provider on this machine.

``granian bench.sign_ins.wsgi:application`` with ``BENCH_CERTIFICATE``, by which it knows that provider.
"""

import os
import ssl
from dataclasses import replace
from functools import partial

from identity.clients.client_keys import PublishedKeys
from identity.clients.documents import SECONDS, document_fetcher
from identity.federation.openid.exchange import form_poster
from identity.federation.openid.metadata import UpstreamDirectory
from identity.federation.openid.registration import json_poster
from identity.federation.upstreams import EXTENSION, Upstreams, install
from identity.outgoing_http import outgoing_http
from identity.turn import out_of_turn
from wsgi import application


def _is_here(address: str) -> bool:
    return address == "127.0.0.1"


_department_alone = ssl.create_default_context(cafile=os.environ["BENCH_CERTIFICATE"])
_open_http = partial(outgoing_http, permits=_is_here, tls=_department_alone)
_upstreams: Upstreams = application.extensions[EXTENSION]
_fetch = out_of_turn(document_fetcher(development=False, open_http=_open_http))
install(
    application,
    replace(
        _upstreams,
        directory=UpstreamDirectory(_fetch),
        published_keys=PublishedKeys(_fetch, patience=SECONDS),
        post=out_of_turn(form_poster(development=False, open_http=_open_http)),
        post_json=json_poster(development=False),
    ),
)
