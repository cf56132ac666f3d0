"""What has an id of its own?"""

import strawberry


@strawberry.interface(description="Anything with a global id; `node(id:)` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="The opaque global id.")
