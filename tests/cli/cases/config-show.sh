foreload config show --tables here | without_paths | squeezed
