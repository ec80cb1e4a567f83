"""How a model goes out: a reviewer signs, a bundle is written, and anyone can verify it without the site."""
