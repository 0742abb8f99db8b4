"""Foreseen errors: failures that are no fault of the code, with a text that a user can act on.

Every error that ends a command (`serve` above all) with one line is a ForeseenError:

    ForeseenError
    ├── StartError      server/start_errors.py      the server cannot start as asked
    ├── OptionError     option_values.py      a value that an option does not take
    ├── FolderInUse     data_folder.py        another server works on the data folder
    ├── NoFreeSlot      journal/slot_files.py      more workers than slots
    ├── KeyFileError    management/keys.py    a secret or key file that cannot be used
    ├── StoreError      store/protocol.py     the store cannot be used
    ├── NoRoomForRings  journal/recovery.py   the disk has no room for the rings
    └── CommandFailed   cli/command_errors.py         a command was tried and failed

A request that is refused is a Refusal (`problems.py`), a document that cannot be read a SpecificationError
(`answers/imported.py`): both are answers, and end nothing.
"""


class ForeseenError(Exception):
    """The text says what is wrong and what to do, a line for each fault; a traceback would not help.

    `exit_code` is the command's: 2 if it was asked for something impossible, else 1.
    """

    exit_code = 1
