"""The sentences that say what came of a fetch, a reading or an admission: made in English, told in every language.

In: a code and facts, or an English sentence that was made of them. Out: the sentence, which archive and store keep, or
the one of another language. The room knows the sentences of `reasons.toml` and how such are matched. It must not know
who says them, nor the messages of the shapes: whoever can translate what stands inside a reason hands that in.
"""
