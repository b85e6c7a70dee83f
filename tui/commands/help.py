"""What `--help` says of each command besides its options: how it behaves, and examples that work.

A command of `COMMANDS` has its page here, by its name; "" is the one without a name. Loaded when help is asked for.
"""

from tui.dataclass import dataclass

Example = tuple[str, str]
"""What is typed, and what it does."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """What is said of a command.

    Attributes:
        about: what one has to know before its options; paragraphs, which are wrapped when they are printed.
        examples: the commonest first.
    """

    about: str
    examples: tuple[Example, ...]

    @property
    def examples_text(self) -> str:
        """The examples below each other, a line for each, or two where they are long."""
        lines = ["examples:"]
        for typed, what in self.examples:
            lines += [f"  {typed:<42}{what}"] if len(typed) <= 40 else [f"  {typed}", f"  {'':<42}{what}"]
        return "\n".join(lines)


HELP: dict[str, HelpPage] = {
    "": HelpPage(
        "Without -p the app opens, and a question is asked at once. With -p, or where the output is no terminal, the "
        "answer is printed as it comes, and nothing else goes to standard output. What is piped in goes along below "
        "the question. Every question is a conversation in your library, also from here; -c goes on with the last "
        "one. With --plain, and by itself where a terminal cannot move its cursor (TERM=dumb), one chats line by line: "
        "no screen, no colours, nothing written over; /help says what can be typed.\n\n"
        "Exit codes: 0 fine, 1 the model or the provider failed, 2 wrong usage or configuration, 130 stopped by "
        "ctrl+c, 141 what read the output is gone.",
        (
            ("chinwag", "open the app"),
            ('chinwag "What is a chinwag?"', "open the app and ask at once"),
            ("chinwag --plain", "chat line by line, as for a screen reader"),
            ("chinwag --no-mouse", "leave the mouse to the terminal, which selects and copies with it"),
            ('git diff | chinwag -p "Describe this."', "print the answer and end"),
            ('chinwag -p -a bill.pdf "What is due?"', "send a file along"),
            ('chinwag -p -c "Shorter, please."', "go on with the last conversation"),
            ("chinwag -p --schema 'name, age int' \"Ann is 30.\"", "print JSON that fits"),
            ("chinwag -p --schema '[title, year int?: if known]' -a bill.pdf \"Which?\"", "a list of objects"),
            ('chinwag -p --jsonl "Why?"', "what happens as JSON lines"),
            ("chinwag -p -t review lang=python < main.py", "a prompt of the library"),
            ('chinwag -p --tools now,calculate "How long till noon?"', "let the model call tools"),
            ("chinwag -- models", 'ask the word "models"'),
        ),
    ),
    "chats": HelpPage(
        "Wherever a chat is named, the beginning of its id is enough, and so is the word last, or a search in quotes.",
        (
            ("chinwag chats", "the newest fifty"),
            ("chinwag chats --tag work -n 0", "all that have a tag"),
            ("chinwag chats pelican --json", "those in which it was said, for programs"),
        ),
    ),
    "show": HelpPage(
        "On a terminal it is read in $PAGER, with colours; in a pipe it is plain text.",
        (
            ("chinwag show last", "the newest chat"),
            ("chinwag show last --tree", "its branches, with ids"),
            ("chinwag show last --message last", "its last message"),
        ),
    ),
    "rename": HelpPage("", (("chinwag rename last A walk", 'its title is "A walk"'),)),
    "pin": HelpPage("", (("chinwag pin last", "above the others"), ("chinwag pin last --undo", "among them again"))),
    "archive": HelpPage(
        "Something that is asked in one brings it back.",
        (
            ("chinwag archive last", "apart from the others"),
            ("chinwag archive pelican --all-found --yes", "all in which it was said"),
        ),
    ),
    "tag": HelpPage(
        "",
        (
            ("chinwag tag last +work -draft", "give it one, take another away"),
            ("chinwag tag --list", "all tags, with how many have each"),
        ),
    ),
    "rm": HelpPage(
        "What lies in the trash is deleted for good after 30 days.",
        (("chinwag rm last", "into the trash"), ("chinwag rm --undo last", "and back")),
    ),
    "search": HelpPage(
        "Prompts, replies, thoughts, tool calls, names and texts of files and titles are searched, in all branches. "
        "Nothing found is exit code 1, as it is for grep.",
        (
            ("chinwag search pelican", "every place with the word"),
            ("chinwag search 'pelican \"on a bike\" after:30d'", "a phrase, of the last 30 days"),
            ("chinwag search 'pelic* -is:interrupted sort:best'", "words that begin so, the best places first"),
            ("chinwag search pelican --json", "for programs, with the places of the marks"),
        ),
    ),
    "export": HelpPage(
        "json keeps everything, and comes back by chinwag import; what another format leaves out is said, a line each. "
        "--all writes only what has changed since it wrote to the same folder.",
        (
            ("chinwag export last -o notes.md", "the newest chat as Markdown"),
            ("chinwag export last -o -", "to standard output"),
            ("chinwag export last -o page.html --force", "one page for a browser"),
            ("chinwag export --all -f json -o chats/", "every chat, a file each"),
            ("chinwag export --all -f csv -o used.csv", "what each reply used"),
        ),
    ),
    "import": HelpPage(
        "A chat is known again by the id that it has where it comes from: what you renamed, went on with or deleted "
        "here stays so, and what is new is added to the same chat. A reply that has grown there, or was made anew, "
        "comes as a branch beside the old one. Before the first change the library is copied beside itself. One "
        "conversation that cannot be read costs itself alone; ctrl+c stops between two, and the same again goes on "
        "with the rest."
        "\n\n"
        "Exit codes: 0 fine, also when there is nothing new, 1 nothing could be read or the library could not be "
        "written, 2 wrong usage, 130 stopped by ctrl+c.",
        (
            ("chinwag import export.zip --dry-run", "only say what would come"),
            ("chinwag import export.zip", "a later one adds what is new"),
            ("chinwag import chats/ --json", "a folder; the report as data"),
            ("chinwag import export.zip --deleted", "also what you deleted here for good"),
        ),
    ),
    "duplicate": HelpPage(
        "What the copied replies have cost counts once.",
        (("chinwag duplicate last", "and go on with the copy: chinwag -c"),),
    ),
    "models": HelpPage(
        "The providers whose keys are there are asked what they offer. A model is named by its id, by an alias of "
        "yours, or by its bare name where only one provider has it.",
        (
            ("chinwag models guide", "those with the word in their names"),
            ("chinwag models --tally", "whose answers you picked in comparisons"),
        ),
    ),
    "models add": HelpPage(
        "A link to the file is put into the folder of models; the file stays where it is.",
        (
            ("chinwag models add small.gguf", "as local:small"),
            ("chinwag models add small.gguf --name tiny", "as local:tiny"),
        ),
    ),
    "models pull": HelpPage(
        "Without a quantization what there is is listed, with sizes and what fits into the memory of this machine. A "
        "line that broke is resumed, and the hash is checked.",
        (
            ("chinwag models pull hf:Qwen/Qwen3-4B-GGUF", "what there is of it"),
            ("chinwag models pull hf:Qwen/Qwen3-4B-GGUF:Q4_K_M", "fetch that one"),
            ("chinwag models pull ollama:qwen3:4b", "have Ollama fetch it"),
        ),
    ),
    "models rm": HelpPage("", (("chinwag models rm local:small", "its file, or the link to yours"),)),
    "usage": HelpPage(
        "Every branch counts, and so do deleted chats and what is asked beside the chats, such as titles.",
        (
            ("chinwag usage", "by model, of all time"),
            ("chinwag usage --by day --since month", "each day of this month"),
            ("chinwag usage --chat last --json", "one chat, all tables, exact figures"),
            ("chinwag usage --reprice", "look again for prices that were unknown"),
            ("chinwag usage --since 7d --format csv", "exact figures for a spreadsheet"),
        ),
    ),
    "keys": HelpPage(
        "A key comes from an environment variable, a command, the keyring or credentials.toml, in this order.",
        (("chinwag keys", "where each one was found"),),
    ),
    "prompts": HelpPage(
        "A prompt is a Markdown file whose text may have variables, {{name}}. Those of the folder .chinwag/prompts "
        "that you work in have to be agreed to.",
        (
            ("chinwag prompts", "all, with their variables"),
            ("git diff | chinwag -p -t review lang=python", "ask one"),
        ),
    ),
    "prompts show": HelpPage("", (("chinwag prompts show review", "the file as it is"),)),
    "prompts trust": HelpPage(
        "It is asked about again when the file has changed.",
        (("chinwag prompts trust team", "one of ./.chinwag/prompts"),),
    ),
    "prompts import": HelpPage(
        "",
        (
            ("chinwag prompts import patterns/ --dry-run", "only say what would come"),
            ("chinwag prompts import patterns/", "a folder of Fabric patterns"),
        ),
    ),
    "mcp": HelpPage(
        "Tools of a server are called SERVER:TOOL where they are named, and all of them SERVER:*.",
        (("chinwag mcp", "all, whether on or off"), ("chinwag mcp list --json", "for programs")),
    ),
    "mcp list": HelpPage(
        "", (("chinwag mcp list", "all, whether on or off"), ("chinwag mcp list --json", "for programs"))
    ),
    "mcp add": HelpPage(
        "Values of --env and --header that look like secrets are kept among your stored keys, not in config.toml.",
        (
            ("chinwag mcp add time -- uvx mcp-server-time", "a program"),
            ("chinwag mcp add docs --url https://example.com/mcp", "an address"),
        ),
    ),
    "mcp remove": HelpPage("", (("chinwag mcp remove time", "and its stored keys"),)),
    "mcp import": HelpPage(
        "Without a file the places are looked at where those programs keep theirs.",
        (("chinwag mcp import --dry-run", "only say what would come"), ("chinwag mcp import", "take them over")),
    ),
    "mcp test": HelpPage(
        "The server is started for real, or asked at its address; none of its tools is called.",
        (("chinwag mcp test time", "what it offers, and how long it took"),),
    ),
    "mcp login": HelpPage("A browser opens for the sign-in.", (("chinwag mcp login docs", "sign in"),)),
    "mcp logout": HelpPage("", (("chinwag mcp logout docs", "forget the sign-in"),)),
    "backup": HelpPage(
        "The archive has the library as it is at this moment, also while the app is open, the configuration, themes "
        "and prompts, and a manifest. Keys and passwords are not in it, and what is left out is said.",
        (
            ("chinwag backup", "a file with the date, here"),
            ("chinwag backup all.tar.gz --force", "in the place of an older one"),
            ("chinwag backup - | ssh nas 'cat > all.tar.gz'", "to another machine"),
        ),
    ),
    "restore": HelpPage(
        "Takes what chinwag backup has written, or one copy of the library, such as those that are made each day "
        "(without a file they are listed). All of it is read first: what is not whole changes nothing. What is here is "
        "replaced after a question, and kept beside it. The app has to be closed.",
        (
            ("chinwag restore", "the copies of the library, the newest first"),
            ("chinwag restore all.tar.gz --dry-run", "what would change"),
            ("chinwag restore all.tar.gz", "bring it back"),
        ),
    ),
    "vacuum": HelpPage(
        "The library is written anew beside itself, so the disk needs room for it once more. The app has to be closed.",
        (("chinwag vacuum", "the sizes before and after"),),
    ),
    "library": HelpPage(
        "The library of this machine is a file. With [library] url in config.toml it is shared with other machines "
        "through a PostgreSQL server; what could not be told to them yet waits in the file.",
        (("chinwag library", "how it stands with the others"), ("chinwag library status --json", "for programs")),
    ),
    "library status": HelpPage(
        "The server is asked, but nothing is exchanged. Exit code 1 when it cannot be reached.",
        (
            ("chinwag library status", "how it stands with the others"),
            ("chinwag library status --json", "for programs"),
        ),
    ),
    "library copy": HelpPage(
        "One of the two is a file, the other a server. What is copied goes on being used: nothing is written to it. "
        "Broken off, the same command goes on where it was. In the end both sides are compared, table by table, by "
        "counts and hashes. On a server that has something already the later version of each thing stays; a file must "
        "not be there yet. Drafts, agreements to tools and what is unread stay behind.\n\n"
        'The password is never part of an address: CHINWAG_LIBRARY_PASSWORD, a line library = "…" in credentials.toml, '
        "or ~/.pgpass. Needs the extra postgres (chinwag doctor says how to get it).",
        (
            ("chinwag library copy here postgresql://me@db.example.org/chats", "to a server"),
            ("chinwag library copy shared chats-of-today.db", "from the server in config.toml to a file"),
        ),
    ),
    "library end": HelpPage(
        "What changes is noted for the others, in the file of the library, until they have heard of it; also once "
        "config.toml names no server, as that may be for a while only. This ends it. Chats stay, here and on the "
        "server, and a library that is shared again later is told whole.",
        (("chinwag library end", "once [library] url is out of config.toml"),),
    ),
    "config path": HelpPage(
        "",
        (
            ("chinwag config path", "where config.toml is, or would be"),
            ("chinwag config path --json", "library, backups, themes, prompts, log …"),
        ),
    ),
    "doctor": HelpPage(
        "With --repair every page, row and reference of the library is looked at, and what is wrong is mended: a copy "
        "is kept first, what can be read of a damaged file is brought into a new one, and the index of words is made "
        "anew. The app has to be closed.",
        (
            ("chinwag doctor", "what to paste into a bug report"),
            ("chinwag doctor --repair", "look at all of the library, and mend it"),
        ),
    ),
    "doctor keys": HelpPage(
        "Without a terminal the table is printed, and nothing is asked.",
        (("chinwag doctor keys", "every key, and what arrives"),),
    ),
    "doctor server": HelpPage(
        "Lists its models, then sends some eight small requests to one of them: a stream, the tokens told, tools, an "
        "image, thinking, and whether a stop ends the work. A provider that is paid bills for them as for any other.",
        (
            ("chinwag doctor server llamacpp", "a provider by its name"),
            ("chinwag doctor server http://127.0.0.1:8000/v1", "a server that is not configured yet"),
            ("chinwag doctor server groq --model llama-3.3-70b-versatile", "one of its models"),
        ),
    ),
    "serve": HelpPage(
        "The same app in a tab of a browser, with the library, the keys and the files of this machine; several "
        "tabs are several windows. A tab that is loaded again is where it was, also in the middle of a reply; one "
        "that was closed is kept for ten minutes, and until its reply has ended.\n\n"
        "Nobody gets in without the token, not even on this machine. Without --token-file or CHINWAG_SERVE_TOKEN "
        "a new one is made, and printed as a link. Who has it can do what you can in the app: read files, start "
        "tools, spend money.\n\n"
        "For others than this machine, put a proxy with TLS before it, on the same machine, that passes "
        "WebSockets and X-Forwarded-For on, and say its address: chinwag serve --public-url https://chat.example.com. "
        "With --cert it speaks TLS itself. Without either, all that is typed and answered can be read on the way.",
        (
            ("chinwag serve", "print a link for a browser of this machine"),
            ("chinwag serve --port 0 -- -m demo:guide", "at any free port, with options of the app"),
            ("chinwag serve --host 0.0.0.0 --cert chain.pem --key key.pem", "for others, with TLS"),
            ("chinwag serve --token-file token --public-url https://chat.example.com", "behind a proxy"),
        ),
    ),
    "completion": HelpPage(
        "The script is printed, for a place of your own; chinwag integrate puts it where the shells look. It has the "
        "commands of this version: write it again after an update.",
        (
            ("chinwag completion bash > chinwag.bash", "for bash, which reads it by: . chinwag.bash"),
            ("chinwag completion zsh > ~/.zfunc/_chinwag", "for zsh, whose fpath must have that folder"),
        ),
    ),
    "integrate": HelpPage(
        "Linux gets a launcher with an icon for the menu of the desktop, macOS a file in ~/Applications that opens in "
        "its Terminal, Windows an entry in the start menu. bash, zsh and fish, those that are here, get the script by "
        "which Tab completes commands, options, files, models and chats (extra: chinwag[completion]). All of it lies "
        "in your home; a file that Chinwag did not write stays as it is. Do it again after an update or a move.",
        (
            ("chinwag integrate", "write it, or bring it up to date"),
            ("chinwag integrate --remove", "take all of it away"),
        ),
    ),
}
