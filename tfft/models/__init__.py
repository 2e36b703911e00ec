"""Token ids become hidden states: plain Keras 3 layers with plain keyword arguments.

Knows no file format and no configuration object; `tfft.interop` gives these layers the names
and the weights that others know them by.
"""
