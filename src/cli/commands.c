/* commands.c: everything that can be said on the command line, in tables. */
#include "cli/cli.h"

static const char *const encodings[] = {"o200k_base", "cl100k_base", NULL};
static const char *const forms[] = {"mcp", "anthropic", "openai", NULL};
static const char *const shells[] = {"bash", "zsh", "fish", NULL};

#define OPTION_JSON                          \
    {                                        \
        .name = "json", .help = "print JSON" \
    }
#define OPTION_CATALOG                                                                            \
    {                                                                                             \
        .name = "catalog", .letter = 'c', .kind = FL_OPTION_PATH, .repeats = true,                \
        .argument = "FILE|DIR", .help = "use the tools of these files instead of the stored ones" \
    }
#define OPTION_ENCODING                                                                       \
    {                                                                                         \
        .name = "encoding", .kind = FL_OPTION_ENUM, .argument = "NAME", .choices = encodings, \
        .fallback = "o200k_base", .help = "how the model splits text into tokens"             \
    }
#define OPTION_FORM                                                                   \
    {                                                                                 \
        .name = "form", .kind = FL_OPTION_ENUM, .argument = "NAME", .choices = forms, \
        .fallback = "mcp", .help = "how tools are sent to the model"                  \
    }
#define OPTION_BUDGET                                                                     \
    {                                                                                     \
        .name = "budget", .letter = 'b', .kind = FL_OPTION_INTEGER, .argument = "TOKENS", \
        .group = 1, .min = 1, .max = UINT32_MAX,                                          \
        .help = "expose what fits into so many tokens; the best match always"             \
    }
#define OPTION_TOP                                                                                \
    {                                                                                             \
        .name = "top", .letter = 'k', .kind = FL_OPTION_INTEGER, .argument = "COUNT", .group = 1, \
        .min = 1, .max = FL_REQUEST_MAX_TOP, .help = "expose exactly the best so many"            \
    }
#define OPTION_PARALLEL                                                                    \
    {                                                                                      \
        .name = "parallel", .letter = 'j', .kind = FL_OPTION_INTEGER, .argument = "COUNT", \
        .min = 1, .max = 64, .fallback = "4", .help = "start so many servers at once"      \
    }

/* --- select --- */

static const struct fl_option select_options[] = {
    FL_SETTING_OPTION_STRATEGY,
    OPTION_BUDGET,
    OPTION_TOP,
    OPTION_CATALOG,
    {.name = "candidates",
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "NAME,…",
     .help = "select among these tools only"},
    OPTION_ENCODING,
    OPTION_FORM,
    {.name = "explain", .letter = 'e', .help = "tell which words spoke for each choice"},
    {.name = "schemas", .help = "print the definitions of the chosen tools"},
    OPTION_JSON,
    FL_SETTING_OPTION_DYNAMIC_LOADING,
    FL_SETTING_OPTION_DETECTION_TIMEOUT,
    FL_SETTING_OPTION_LEARNING,
    {0},
};

static const struct fl_example select_examples[] = {
    {"foreload select open a pull request with my changes", "the tools for that, best first"},
    {"foreload select --budget 2000 --schemas --form openai -- \"$TASK\"",
     "definitions of at most 2,000 tokens, ready for an OpenAI request"},
    {"foreload select -c tools.jsonl --explain - < request.txt",
     "from files, for a request on standard input"},
    {0},
};

/* --- next --- */

static const struct fl_option next_options[] = {
    {.name = "user",
     .letter = 'u',
     .kind = FL_OPTION_TEXT,
     .argument = "NAME",
     .help = "whose next use; without: that of one unnamed user"},
    {.name = "session",
     .kind = FL_OPTION_TEXT,
     .argument = "NAME",
     .help = "in which thread of work; without: the one that the user was last seen in"},
    {.name = "steps",
     .kind = FL_OPTION_INTEGER,
     .argument = "1-3",
     .min = 1,
     .max = FL_PREDICT_MAX_STEPS,
     .fallback = "1",
     .help = "what is used within so many uses"},
    {.name = "top",
     .letter = 'k',
     .kind = FL_OPTION_INTEGER,
     .argument = "COUNT",
     .min = 1,
     .max = FL_PREDICT_MAX_TOP,
     .fallback = "5",
     .help = "at most so many"},
    {.name = "used",
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "NAME",
     .help = "first record that this tool or component was used, and store it"},
    OPTION_JSON,
    {0},
};

static const struct fl_example next_examples[] = {
    {"foreload next --user ann --steps 3", "what Ann is likely to use within her next three uses"},
    {"foreload next --user ann --used mail/send", "after she has used mail/send"},
    {0},
};

/* --- catalog --- */

static const struct fl_option import_options[] = {
    {.name = "no-start", .help = "read client configurations, but start no server"},
    OPTION_PARALLEL,
    FL_SETTING_OPTION_LOADING_TIMEOUT,
    OPTION_JSON,
    {0},
};

static const struct fl_option refresh_options[] = {
    OPTION_PARALLEL,
    FL_SETTING_OPTION_LOADING_TIMEOUT,
    OPTION_JSON,
    {0},
};

static const struct fl_option list_options[] = {
    {.name = "component",
     .kind = FL_OPTION_TEXT,
     .argument = "NAME",
     .help = "only the tools of this component"},
    {.name = "category",
     .kind = FL_OPTION_TEXT,
     .argument = "NAME",
     .help = "only the tools of this category"},
    {.name = "tier",
     .kind = FL_OPTION_INTEGER,
     .argument = "1-3",
     .min = 1,
     .max = 3,
     .help = "only the tools of this tier"},
    OPTION_CATALOG,
    OPTION_ENCODING,
    OPTION_FORM,
    OPTION_JSON,
    {0},
};

static const struct fl_option show_options[] = {
    OPTION_CATALOG, OPTION_ENCODING, OPTION_FORM, OPTION_JSON, {0},
};

static const struct fl_option json_option[] = {OPTION_JSON, {0}};

static const struct fl_command catalog_commands[] = {
    {
        .name = "import",
        .summary = "read tools from files and store them",
        .description =
            "Reads client configurations (of Claude, VS Code, Cursor, Codex, Zed and others), MCP "
            "tools/list results, component manifests and JSON Lines, starts every MCP server "
            "among them once to ask for its tools, and stores the result. What is stored already "
            "and not in these files stays.\n\n"
            "A server that does not answer is named, and the rest is stored; the exit status is "
            "then 1.",
        .operands = "FILE|DIR…",
        .operands_min = 1,
        .options = import_options,
        .examples = (const struct fl_example[]){{"foreload catalog import ~/.cursor/mcp.json",
                                                 "the tools of all servers that Cursor knows"},
                                                {0}},
        .run = fl_cli_catalog_import,
    },
    {
        .name = "refresh",
        .summary = "ask stored servers for their tools again",
        .description = "Starts the named servers, or all of them, and stores what they list now.",
        .operands = "[NAME…]",
        .options = refresh_options,
        .run = fl_cli_catalog_refresh,
    },
    {
        .name = "list",
        .alias = "ls",
        .summary = "list the tools",
        .options = list_options,
        .run = fl_cli_catalog_list,
    },
    {
        .name = "show",
        .summary = "show all there is about a tool or a component",
        .operands = "NAME",
        .operands_min = 1,
        .operands_max = 1,
        .options = show_options,
        .run = fl_cli_catalog_show,
    },
    {
        .name = "check",
        .summary = "verify the stored catalogue",
        .description = "Reads the whole database and compares checksums, then looks for missing "
                       "and circular dependencies, conflicts, and tools of the same name.",
        .options = json_option,
        .run = fl_cli_catalog_check,
    },
    {
        .name = "remove",
        .alias = "rm",
        .summary = "forget a component and its tools",
        .operands = "NAME",
        .operands_min = 1,
        .operands_max = 1,
        .run = fl_cli_catalog_remove,
    },
    {0},
};

/* --- eval, tokens --- */

static const struct fl_option eval_tools_options[] = {
    OPTION_CATALOG,
    {.name = "queries",
     .letter = 'q',
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "JSON Lines: {\"query\", \"gold\": [names]} and perhaps \"alternatives\", "
             "\"candidates\""},
    {.name = "train",
     .letter = 't',
     .kind = FL_OPTION_PATH,
     .repeats = true,
     .argument = "FILE",
     .help = "rows of the same form, learned before"},
    FL_SETTING_OPTION_STRATEGY,
    OPTION_BUDGET,
    OPTION_TOP,
    OPTION_JSON,
    {0},
};

static const char *const efforts[] = {"full", "quick", "network", NULL}; /* enum fl_intent_effort */
static const char *const label_modes[] = {"auto", "one", "several", NULL}; /* fl_intent_labels */

static const struct fl_option eval_intents_options[] = {
    {.name = "train",
     .letter = 't',
     .kind = FL_OPTION_PATH,
     .repeats = true,
     .argument = "FILE",
     .help = "JSON Lines: {\"text\", \"labels\": [names]} and perhaps \"oos\", \"split\"; rows of "
             "the split valid, validation or dev only choose between models and thresholds"},
    {.name = "test", .kind = FL_OPTION_PATH, .argument = "FILE", .help = "rows of the same form"},
    {.name = "effort",
     .kind = FL_OPTION_ENUM,
     .argument = "HOW",
     .help = "try every kind of model, or train the quickest or the small network alone",
     .choices = efforts,
     .fallback = "full"},
    {.name = "labels",
     .kind = FL_OPTION_ENUM,
     .argument = "MODE",
     .help = "how many labels a text has; auto: several if any row has several",
     .choices = label_modes,
     .fallback = "auto"},
    {.name = "seed",
     .kind = FL_OPTION_INTEGER,
     .argument = "N",
     .help = "of everything that is drawn; same seed, same model",
     .min = 0,
     .max = INT64_MAX,
     .fallback = "1"},
    {.name = "threads",
     .kind = FL_OPTION_INTEGER,
     .argument = "N",
     .help = "at most; the model does not depend on it",
     .min = 1,
     .max = 64,
     .fallback = "2"},
    FL_SETTING_OPTION_WORDS,
    FL_SETTING_OPTION_RUNTIME,
    FL_SETTING_OPTION_EXECUTION_PROVIDER,
    FL_SETTING_OPTION_ONNX_LIBRARY,
    OPTION_JSON,
    {0},
};

static const struct fl_option eval_next_options[] = {
    {.name = "trace",
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "a row a use: user, time and item, with tabs between them"},
    {.name = "train-fraction",
     .kind = FL_OPTION_TEXT,
     .argument = "SHARE",
     .help = "so much of the rows, from the first on, is learned and not counted",
     .fallback = "0.8"},
    OPTION_JSON,
    {0},
};

static const char *const keep_policies[] = {"lru", "lfu", "gdsf", "hybrid", "prediction", NULL};

static const struct fl_option eval_residency_options[] = {
    {.name = "trace",
     .letter = 't',
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "user, time and item: a row each, with tabs between"},
    {.name = "sizes",
     .letter = 's',
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "item, bytes, milliseconds that loading it takes"},
    {.name = "budget",
     .letter = 'b',
     .kind = FL_OPTION_TEXT,
     .argument = "BYTES|PERCENT%",
     .help = "memory of a user: 300M, or 20% of what all items of his take"},
    {.name = "policy",
     .letter = 'p',
     .kind = FL_OPTION_ENUM,
     .choices = keep_policies,
     .fallback = "hybrid",
     .help = "who is kept"},
    {.name = "preload", .help = "load ahead of need what is predicted well enough"},
    OPTION_JSON,
    {0},
};

static const struct fl_command eval_commands[] = {
    {
        .name = "tools",
        .summary = "measure how well the needed tools are found",
        .description =
            "Ranks the catalogue for every query and compares with the tools that are known to be "
            "needed: recall and completeness in the first 1 to 20, MRR, MAP, nDCG, what the "
            "strategy exposes and misses, how well it tells that nothing fits, and the time. "
            "Nothing is stored.",
        .options = eval_tools_options,
        .run = fl_cli_eval_tools,
    },
    {
        .name = "intents",
        .summary = "measure how well intents are told apart",
        .description =
            "Trains a classifier on the training files and answers the test file: accuracy in "
            "scope, what is recognised as out of scope (label \"oos\", or none), F1, calibration, "
            "the time for training and for a text. Nothing is stored.",
        .options = eval_intents_options,
        .run = fl_cli_eval_intents,
    },
    {
        .name = "next",
        .summary = "measure how well the next use is foreseen",
        .description =
            "Takes the rows of a trace in the order of the file, predicts each use from all that "
            "came before, whoever's it was, and then learns it; a user's immediate repeats are "
            "left out. Times may be seconds, milliseconds or microseconds since 1970, or places "
            "in a sequence, which tell no hour. Nothing is stored.",
        .options = eval_next_options,
        .run = fl_cli_eval_next,
    },
    {
        .name = "residency",
        .summary = "measure what keeping and loading ahead saves",
        .description =
            "Plays who used what against memory of a bounded size: how often it was there, and the "
            "load time waited for, over that without any memory. Each user has memory of his own, "
            "an item used again at once counts once, and the first fifth of a user's uses is not "
            "counted. What does not fit at all is served without being kept.\n\n"
            "lru keeps what was used last, lfu what was used most, gdsf what saves most load time "
            "a byte, hybrid does as the one of them that would have done best lately, and "
            "prediction keeps what is expected next as well. With --preload, items that the user "
            "has used before are loaded ahead where the calibrated chance of their use pays for "
            "who must leave; chances, and what may be wasted, are learned from the rows before.",
        .options = eval_residency_options,
        .examples = (const struct fl_example[]){{"foreload eval residency -t uses.tsv -s sizes.tsv "
                                                 "-b 20% --policy prediction --preload",
                                                 "a fifth of all memory, with loading ahead"},
                                                {0}},
        .run = fl_cli_eval_residency,
    },
    {0},
};

static const struct fl_option tokens_options[] = {OPTION_ENCODING, OPTION_JSON, {0}};

/* --- train --- */

static const struct fl_option train_encoder_options[] = {
    {.name = "data",
     .letter = 'd',
     .kind = FL_OPTION_PATH,
     .repeats = true,
     .argument = "DIR",
     .help = "learn from tools/NAME/{catalog,queries}.jsonl and the texts of intents/NAME/ below "
             "it, or from the files of WordNet or of dictionaries in it"},
    {.name = "leave-out",
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "SET",
     .help = "measure on this tool set instead of learning from it"},
    {.name = "out",
     .letter = 'o',
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .fallback = "encoder.flm",
     .help = "where the encoder goes; replaced whole, at the end"},
    {.name = "words",
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "keep the word vectors as well that it starts from"},
    {.name = "seed",
     .kind = FL_OPTION_INTEGER,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .fallback = "1",
     .help = "of all random numbers"},
    {.name = "threads",
     .letter = 'j',
     .kind = FL_OPTION_INTEGER,
     .argument = "N",
     .min = 1,
     .max = 64,
     .fallback = "2",
     .help = "compute on so many at once; the result is the same"},
    {.name = "epochs",
     .kind = FL_OPTION_INTEGER,
     .argument = "N",
     .min = 1,
     .max = 1000,
     .fallback = "3",
     .help = "as many batches as all pairs fill so often"},
    OPTION_JSON,
    {0},
};

static const struct fl_example train_encoder_examples[] = {
    {"foreload train encoder -d data -d /usr/share/wordnet -o models/encoder.flm",
     "from tool sets and WordNet"},
    {"foreload train encoder -d data --leave-out nl2bash --out /tmp/e.flm",
     "how well it finds the tools of a set that it has never seen"},
    {0},
};

static const struct fl_command train_commands[] = {
    {
        .name = "encoder",
        .summary = "learn which requests and tools belong together",
        .description =
            "Learns word vectors from all texts, and then from pairs (request and tool, word and "
            "meaning, word and translation) which texts shall be near each other. The file is "
            "used with --encoder FILE. The same data, seed, epochs and instruction set "
            "give the same bytes; interrupted, the old file stays.",
        .options = train_encoder_options,
        .examples = train_encoder_examples,
        .run = fl_cli_train_encoder,
    },
    {0},
};

/* --- learn, classify, model --- */

static const struct fl_option learn_options[] = {
    {.name = "request",
     .letter = 'r',
     .kind = FL_OPTION_TEXT,
     .argument = "TEXT",
     .help = "what was asked for"},
    {.name = "used",
     .letter = 'u',
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "TOOL",
     .help = "a tool that was then really called, a component, or an intent of your own"},
    {.name = "not",
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "TOOL",
     .help = "one that was wrong"},
    {.name = "correct", .help = "what was used is all that fits; without any, nothing does"},
    {.name = "from",
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "learn from JSON Lines: {\"text\" or \"query\", \"labels\" or \"gold\": [names]}"},
    {.name = "user", .kind = FL_OPTION_TEXT, .argument = "NAME", .help = "who used it"},
    {.name = "session",
     .kind = FL_OPTION_TEXT,
     .argument = "NAME",
     .help = "in which thread of work"},
    {.name = "forget", .help = "forget everything that was learned, or what --request taught"},
    {.name = "stats",
     .help = "tell how much there is, and how many of the used tools had been offered"},
    OPTION_CATALOG,
    FL_SETTING_OPTION_HISTORY,
    FL_SETTING_OPTION_RETRAIN_EVERY,
    FL_SETTING_OPTION_LEARNING,
    OPTION_JSON,
    {0},
};

static const struct fl_example learn_examples[] = {
    {"foreload learn -r 'make it cozy in here' -u lamp/turn_on", "this was called for that"},
    {"foreload learn -r 'play it' -u disc/play --not radio/play", "not that, this"},
    {"foreload learn -r 'tell me a joke' --correct", "none of the tools fits"},
    {"foreload learn --from calls.jsonl", "what a host has logged"},
    {0},
};

static const struct fl_option classify_options[] = {
    {.name = "top",
     .letter = 'k',
     .kind = FL_OPTION_INTEGER,
     .argument = "COUNT",
     .min = 1,
     .max = FL_CLASSIFY_MAX_INTENTS,
     .fallback = "5",
     .help = "show the most probable so many"},
    FL_SETTING_OPTION_LEARNING,
    OPTION_JSON,
    {0},
};

static const struct fl_option model_export_options[] = {
    {.name = "onnx", .help = "as an ONNX model, for other programs"},
    {0},
};

static const struct fl_option model_eval_options[] = {
    FL_SETTING_OPTION_RUNTIME,
    FL_SETTING_OPTION_EXECUTION_PROVIDER,
    FL_SETTING_OPTION_ONNX_LIBRARY,
    OPTION_JSON,
    {0},
};

static const struct fl_command model_commands[] = {
    {
        .name = "show",
        .summary = "show every model and how good it is",
        .description =
            "The text encoder, what was learned from use and every generation of its model, with "
            "F1 on the samples that are held out from training, for it and for the one before.",
        .options = json_option,
        .run = fl_cli_model_show,
    },
    {
        .name = "train",
        .summary = "train a model from what was used, now",
        .description =
            "The same that happens in the background after every so many samples. A model that "
            "does worse on the held-out samples than the one in use is rejected; the exit status "
            "is then 1. Interrupting it changes nothing.",
        .options = json_option,
        .run = fl_cli_model_train,
    },
    {
        .name = "eval",
        .summary = "measure the model in use",
        .description = "Answers the samples that are held out from training, or the rows of a "
                       "file (as of 'foreload learn --from'). Nothing is learned or stored.",
        .operands = "[FILE]",
        .operands_max = 1,
        .options = model_eval_options,
        .run = fl_cli_model_eval,
    },
    {
        .name = "export",
        .summary = "write the model in use to a file",
        .operands = "FILE",
        .operands_min = 1,
        .operands_max = 1,
        .options = model_export_options,
        .run = fl_cli_model_export,
    },
    {
        .name = "rollback",
        .summary = "go back to the model before the one in use",
        .description = "A second time goes forward again.",
        .options = json_option,
        .run = fl_cli_model_rollback,
    },
    {0},
};

/* --- config --- */

static const struct fl_option config_show_options[] = {
    {.name = "origin", .help = "tell where each value comes from"},
    OPTION_JSON,
    FL_SETTING_OPTION_STRATEGY,
    FL_SETTING_OPTION_DYNAMIC_LOADING,
    FL_SETTING_OPTION_DETECTION_TIMEOUT,
    FL_SETTING_OPTION_LOADING_TIMEOUT,
    FL_SETTING_OPTION_LEARNING,
    FL_SETTING_OPTION_HISTORY,
    FL_SETTING_OPTION_RETRAIN_EVERY,
    {0},
};

static const struct fl_command config_commands[] = {
    {
        .name = "show",
        .summary = "show every setting",
        .description = "The nearest value wins: flag, environment, configuration file, default.",
        .options = config_show_options,
        .run = fl_cli_config_show,
    },
    {
        .name = "check",
        .summary = "look for faults in configuration files",
        .description =
            "With files: checks them as client configurations or catalogues; nothing is stored or "
            "started. Without: checks the program's own configuration file and environment.",
        .operands = "[FILE…]",
        .options = json_option,
        .run = fl_cli_config_check,
    },
    {
        .name = "path",
        .summary = "print where the configuration file is",
        .run = fl_cli_config_path,
    },
    {0},
};

/* --- the program --- */

static const struct fl_option reference_options[] = {
    {.name = "settings", .help = "docs/config.md instead of docs/commands.md"},
    {0},
};

static const struct fl_command commands[] = {
    {
        .name = "select",
        .alias = "optimize",
        .summary = "choose the tools that a request needs",
        .description =
            "Prints the tools that the request needs, best first, and what they cost of the "
            "model's context; or that nothing fits. The request is the operands joined by blanks, "
            "or standard input for a single '-'.",
        .operands = "REQUEST…",
        .operands_min = 1,
        .options = select_options,
        .examples = select_examples,
        .run = fl_cli_select,
    },
    {
        .name = "next",
        .summary = "foresee which tools are used next",
        .description =
            "Prints what the user is likely to use next, with calibrated probabilities, as learned "
            "from what was used before: by this user and by all others, lately, often, at this "
            "hour, or in sessions that are like this one.",
        .options = next_options,
        .examples = next_examples,
        .run = fl_cli_next,
    },
    {
        .name = "catalog",
        .summary = "fill, read and check the catalogue of tools",
        .commands = catalog_commands,
    },
    {
        .name = "tokens",
        .summary = "count the tokens of files",
        .operands = "FILE…|-",
        .operands_min = 1,
        .options = tokens_options,
        .run = fl_cli_tokens,
    },
    {
        .name = "eval",
        .summary = "measure against labelled data",
        .commands = eval_commands,
    },
    {
        .name = "train",
        .summary = "make model files from data",
        .commands = train_commands,
    },
    {
        .name = "learn",
        .summary = "learn from what was really used, and from corrections",
        .description =
            "Samples come from what was called and from what people say, never from the program's "
            "own selections. The newest word on a request wins. After every so many samples "
            "(--retrain-every) a model is trained, and used if it does no worse than the one "
            "before on samples held out from training.",
        .options = learn_options,
        .examples = learn_examples,
        .run = fl_cli_learn,
    },
    {
        .name = "classify",
        .summary = "tell the intents of a text by what was learned",
        .description =
            "Prints the most probable labels: likely from a probability of 0.5, certain from 0.85, "
            "and whether the text is of the kind that the model knows at all. The text is the "
            "operands joined by blanks, or standard input for a single '-'.",
        .operands = "TEXT…",
        .operands_min = 1,
        .options = classify_options,
        .run = fl_cli_classify,
    },
    {
        .name = "model",
        .summary = "show, train, measure and exchange what was learned",
        .commands = model_commands,
    },
    {
        .name = "config",
        .summary = "show and check the settings",
        .commands = config_commands,
    },
    {
        .name = "help",
        .summary = "explain the program or one of its commands",
        .operands = "[COMMAND…]",
        .run = fl_cli_help,
    },
    {
        .name = "completion",
        .summary = "print a completion script for a shell",
        .operands = "bash|zsh|fish",
        .operands_min = 1,
        .operands_max = 1,
        .operand_choices = shells,
        .examples =
            (const struct fl_example[]){
                {"source <(foreload completion bash)", "complete foreload in this shell"}, {0}},
        .run = fl_cli_completion,
    },
    {
        .name = "man",
        .summary = "print the manual page",
        .hidden = true,
        .run = fl_cli_man,
    },
    {
        .name = "reference",
        .summary = "print the reference in Markdown",
        .options = reference_options,
        .hidden = true,
        .run = fl_cli_reference,
    },
    {0},
};

static const struct fl_option program_options[] = {
    FL_SETTING_OPTION_HOME,
    {.name = "config",
     .kind = FL_OPTION_PATH,
     .argument = "FILE",
     .help = "the configuration file",
     .fallback = "~/.config/foreload/config.json",
     .variable = "FORELOAD_CONFIG"},
    FL_SETTING_OPTION_TABLES,
    FL_SETTING_OPTION_ENCODER,
    FL_SETTING_OPTION_COLOR,
    FL_SETTING_OPTION_ISA,
    FL_SETTING_OPTION_VERBOSE,
    {.name = "help", .letter = 'h', .ends = true, .help = "explain the command"},
    {.name = "version", .letter = 'V', .ends = true, .help = "print the version"},
    {0},
};

static const struct fl_command program = {
    .name = "foreload",
    .summary = "foreload the tools that a request needs, and no others",
    .description = "Knows the tools of many MCP servers and other components. Given a request, it "
                   "tells which of them are needed, so that a language model sees a handful "
                   "instead of hundreds.",
    .options = program_options,
    .commands = commands,
};

static const struct fl_docs_section sections[] = {
    {"Exit status", "0: done. 1: something could not be done, and a message on stderr says what. "
                    "2: the command line was not understood."},
    {"Files", "~/.config/foreload/config.json: the settings, as JSON with comments; docs/config.md "
              "has them all.\n\n"
              "~/.local/share/foreload: all state. The XDG folders are used where they are set."},
    {0},
};

const struct fl_docs fl_cli_docs = {&program, FL_VERSION, sections};
