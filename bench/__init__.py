"""The benchmark: the bot beside two peers that do the same visible work, as ratios that noise cancels out of."""
