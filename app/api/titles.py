"""How do staff say the title of what they launch, in each language?"""

import strawberry


@strawberry.input(description="A text in one language.")
class LocalizedTextInput:
    locale: str = strawberry.field(description='The language: "es", "fr-FR".')
    text: str = strawberry.field(description="The text: 1 to 120 characters.")
