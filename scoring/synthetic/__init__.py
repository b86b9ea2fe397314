"""An invented country: extract files of children who do not exist, and the truth about them."""
