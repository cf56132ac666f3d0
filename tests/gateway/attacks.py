"""Which attacks are known?"""

from tests.gateway.attack_documents import DOCUMENTS
from tests.gateway.attack_requests import REQUESTS
from tests.gateway.attack_sockets import SOCKETS
from tests.gateway.attack_tokens import TOKENS
from tests.gateway.attack_wires import WIRES

ATTACKS = [*DOCUMENTS, *REQUESTS, *WIRES, *TOKENS, *SOCKETS]
