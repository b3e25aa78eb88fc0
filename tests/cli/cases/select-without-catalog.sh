foreload select send an email
