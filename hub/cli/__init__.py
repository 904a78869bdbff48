"""The commands of `veza`, by what they are about; hub/__main__.py lists them."""
