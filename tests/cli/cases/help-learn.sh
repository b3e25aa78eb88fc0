foreload learn --help
foreload model --help
foreload classify --help
