"""Ways of cutting utterances into training and test parts."""
