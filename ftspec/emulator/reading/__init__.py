"""Readers of control-plane statements: tokens in, frozen statements out; nothing is executed here."""
