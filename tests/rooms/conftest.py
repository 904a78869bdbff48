from hypothesis import settings

settings.register_profile("long", max_examples=1_000, deadline=None)
