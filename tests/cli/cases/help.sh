foreload --help
