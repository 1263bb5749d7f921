"""Questions put to a case before money moves. Each check is one file: a plain function over facts that were put together before."""
