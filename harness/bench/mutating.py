"""mutmut with the operators that `harness.bench.mutants` tries: `python -P mutating.py CHILDREN [NAME ...]`.

Run by its path and by nobody imported: what of `harness` is imported before mutmut starts would be tested as it is.
"""

import sys

from mutmut.__main__ import _run
from mutmut.mutation import file_mutation, mutators

_OTHERS_SEE_TO = (mutators.operator_string, mutators.operator_arg_removal, mutators.operator_assignment)

if __name__ == "__main__":
    tried = [one for one in mutators.mutation_operators if one[1] not in _OTHERS_SEE_TO]
    setattr(file_mutation, "mutation_operators", tried)  # noqa: B010 - it has no option for that
    _run(tuple(sys.argv[2:]), int(sys.argv[1]))
