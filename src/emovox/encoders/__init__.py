"""Pretrained speech encoders behind one face."""
