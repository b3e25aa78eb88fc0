foreload catalog check
