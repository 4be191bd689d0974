# PowerShell completion for nubes-nb, made by `npm run generate` from the command tree.

Register-ArgumentCompleter -Native -CommandName nubes-nb -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # By command: what may stand in each place, its flags, and the flags that take a value.
    $places = @{
        ':0' = @(
            @{ Word = 'login'; About = 'log in once; the session is kept in the keychain' }
            @{ Word = 'logout'; About = 'end the session; notebooks keep running' }
            @{ Word = 'whoami'; About = 'show who is logged in, where, and until when' }
            @{ Word = 'create'; About = 'create a notebook and wait until it is ready' }
            @{ Word = 'ls'; About = 'list your notebooks' }
            @{ Word = 'list'; About = 'list your notebooks' }
            @{ Word = 'show'; About = 'show everything about a notebook' }
            @{ Word = 'start'; About = 'start a stopped notebook' }
            @{ Word = 'stop'; About = 'stop a notebook and keep its disk' }
            @{ Word = 'restart'; About = 'restart a notebook and wait until it is ready' }
            @{ Word = 'wait'; About = 'wait until a notebook is in a state' }
            @{ Word = 'delete'; About = 'delete a notebook and its disk, for good' }
            @{ Word = 'rm'; About = 'delete a notebook and its disk, for good' }
            @{ Word = 'apply'; About = 'bring your notebooks to what a file describes' }
            @{ Word = 'url'; About = 'print a notebook''s URL with its token' }
            @{ Word = 'certify'; About = 'put your site''s certificate on a direct notebook' }
            @{ Word = 'open'; About = 'open a notebook in the browser, by a tunnel where it needs one' }
            @{ Word = 'connect'; About = 'open a notebook in the browser, by a tunnel where it needs one' }
            @{ Word = 'tunnel'; About = 'keep an SSH tunnel to a notebook open until Ctrl-C' }
            @{ Word = 'ssh'; About = 'open a shell on a notebook''s VM, or run a line in it' }
            @{ Word = 'exec'; About = 'run a program on a notebook''s VM' }
            @{ Word = 'cp'; About = 'copy files to or from a notebook''s VM' }
            @{ Word = 'ssh-config'; About = 'print your notebooks as hosts for ssh, rsync and editors' }
            @{ Word = 'logs'; About = 'print what a notebook''s VM has logged' }
            @{ Word = 'config'; About = 'show and change settings' }
            @{ Word = 'context'; About = 'list contexts, or choose one' }
            @{ Word = 'completion'; About = 'print a shell''s completion script' }
            @{ Word = 'sandbox'; About = 'try everything on a cloud inside this program' }
            @{ Word = 'version'; About = 'show the versions of the program and of Node' }
        )
        'config:0' = @(
            @{ Word = 'list'; About = 'list every setting, its value and where it comes from' }
            @{ Word = 'get'; About = 'print the value of a setting' }
            @{ Word = 'set'; About = 'change a setting in your settings file; with --context, for that context' }
            @{ Word = 'unset'; About = 'take a setting out of your settings file' }
            @{ Word = 'path'; About = 'print where the settings files are' }
            @{ Word = 'validate'; About = 'check the settings; exit 11 when something is wrong' }
        )
        'context:0' = @(
            @{ Word = 'list'; About = 'list the contexts of the settings files' }
            @{ Word = 'use'; About = 'use a context from now on' }
        )
        'completion:0' = @(
            @{ Word = 'bash'; About = 'shell' }
            @{ Word = 'zsh'; About = 'shell' }
            @{ Word = 'fish'; About = 'shell' }
            @{ Word = 'powershell'; About = 'shell' }
        )
        'sandbox:0' = @(
            @{ Word = 'start'; About = 'run the sandbox until Ctrl-C, for commands in other terminals' }
            @{ Word = 'run'; About = 'run a command in the sandbox as a logged-in user, then delete the sandbox' }
            @{ Word = 'demo'; About = 'show an example session, from login to logout, in under 20 seconds' }
        )
    }
    $flags = @{
        '' = @(
            @{ Word = '-V'; About = 'show the version' }
            @{ Word = '--version'; About = 'show the version' }
            @{ Word = '-o'; About = 'form of the result' }
            @{ Word = '--output'; About = 'form of the result' }
            @{ Word = '--json'; About = 'the same as -o json' }
            @{ Word = '-c'; About = 'columns of a table, separated by commas' }
            @{ Word = '--columns'; About = 'columns of a table, separated by commas' }
            @{ Word = '--no-header'; About = 'a table without its heading' }
            @{ Word = '-q'; About = 'names only, and no talk' }
            @{ Word = '--quiet'; About = 'names only, and no talk' }
            @{ Word = '-v'; About = 'say more' }
            @{ Word = '--verbose'; About = 'say more' }
            @{ Word = '--debug'; About = 'trace requests on stderr, without secrets' }
            @{ Word = '--no-color'; About = 'no colour' }
            @{ Word = '--no-input'; About = 'never ask; fail and name the flag instead' }
            @{ Word = '--config'; About = 'settings file to use instead of your own' }
            @{ Word = '--context'; About = 'context of the settings to use' }
            @{ Word = '-h'; About = 'show help' }
            @{ Word = '--help'; About = 'show help' }
        )
        'login' = @(
            @{ Word = '-u'; About = 'your user ID' }
            @{ Word = '--username'; About = 'your user ID' }
            @{ Word = '--password-stdin'; About = 'read the password from stdin, one line' }
            @{ Word = '--project'; About = 'the OpenStack project, by name or id' }
            @{ Word = '--from-openstack-env'; About = 'log in with OS_CLOUD and clouds.yaml, or OS_* variables' }
            @{ Word = '--force'; About = 'log in again though you are logged in' }
        )
        'logout' = @(
            @{ Word = '--revoke'; About = 'delete the application credential for sure; asks for the password' }
            @{ Word = '--password-stdin'; About = 'with --revoke: read the password from stdin, one line' }
            @{ Word = '--force'; About = 'log out though a notebook is being built or deleted, which may break it' }
        )
        'whoami' = @(
            @{ Word = '--check'; About = 'ask Keystone whether the login still holds (exit 4 when not)' }
        )
        'create' = @(
            @{ Word = '--image'; About = 'image to boot' }
            @{ Word = '--size'; About = 'size (flavor) of the VM' }
            @{ Word = '--network'; About = 'network to put it on' }
            @{ Word = '--key'; About = 'SSH key to reach it with (default: the first in ~/.ssh)' }
            @{ Word = '--requirements'; About = 'Python packages to install at its first boot, one a line' }
            @{ Word = '--access'; About = 'how to reach Jupyter: by ssh, or by https' }
            @{ Word = '--floating-ip'; About = 'floating IP for direct access' }
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin, one line' }
            @{ Word = '--keep-passphrase'; About = 'keep that passphrase in the keychain' }
            @{ Word = '--label'; About = 'label to put on it; may be repeated' }
            @{ Word = '--if-exists'; About = 'what to do with a name that you have already' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--fit'; About = 'of many, make as many as there is room for' }
            @{ Word = '--wait'; About = 'wait until it is in that state; ready if left out' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'ls' = @(
            @{ Word = '--label'; About = 'only those with this label; may be repeated' }
            @{ Word = '--probe'; About = 'ask the running ones whether Jupyter answers: ready, or unreachable' }
        )
        'show' = @(
            @{ Word = '--show-token'; About = 'put the token in the URL' }
            @{ Word = '--probe'; About = 'ask whether Jupyter answers: ready, or unreachable' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--all'; About = 'all of yours' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
        )
        'start' = @(
            @{ Word = '--show-token'; About = 'put the token in the URL' }
            @{ Word = '--all'; About = 'all of yours, after asking once' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d, after asking once' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '-y'; About = 'do not ask' }
            @{ Word = '--yes'; About = 'do not ask' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--wait'; About = 'wait until it is in that state; ready if left out' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'stop' = @(
            @{ Word = '--all'; About = 'all of yours, after asking once' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d, after asking once' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '-y'; About = 'do not ask' }
            @{ Word = '--yes'; About = 'do not ask' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'restart' = @(
            @{ Word = '--hard'; About = 'switch the VM off and on, for one that does not react' }
            @{ Word = '--jupyter-only'; About = 'restart Jupyter over ssh and leave the VM on' }
            @{ Word = '--all'; About = 'all of yours, after asking once' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d, after asking once' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '-y'; About = 'do not ask' }
            @{ Word = '--yes'; About = 'do not ask' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--wait'; About = 'wait until it is in that state; ready if left out' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'wait' = @(
            @{ Word = '--for'; About = 'the state to wait for' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
            @{ Word = '--all'; About = 'all of yours' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
        )
        'delete' = @(
            @{ Word = '-y'; About = 'do not ask for the name, or whether, again' }
            @{ Word = '--yes'; About = 'do not ask for the name, or whether, again' }
            @{ Word = '--if-missing'; About = 'what to do when there is none' }
            @{ Word = '--all'; About = 'all of yours, after asking once' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d, after asking once' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'apply' = @(
            @{ Word = '-f'; About = 'the manifest, YAML or JSON; - for stdin' }
            @{ Word = '--file'; About = 'the manifest, YAML or JSON; - for stdin' }
            @{ Word = '--prune'; About = 'delete those of the same set that it does not name, after asking once' }
            @{ Word = '--show-token'; About = 'put the token in the URLs' }
            @{ Word = '-y'; About = 'do not ask' }
            @{ Word = '--yes'; About = 'do not ask' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--fit'; About = 'make as many as there is room for' }
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin, one line' }
            @{ Word = '--keep-passphrase'; About = 'keep that passphrase in the keychain' }
            @{ Word = '--wait'; About = 'wait until it is in that state; ready if left out' }
            @{ Word = '--no-wait'; About = 'return once Nova has accepted' }
            @{ Word = '--timeout'; About = 'how long to wait for each notebook, e.g. 90s, 6m' }
        )
        'url' = @(
            @{ Word = '--direct'; About = 'the https URL, which needs no tunnel; fails where there is none' }
            @{ Word = '--no-token'; About = 'leave the token out' }
            @{ Word = '--renew'; About = 'give it this login''s token over ssh; restarts its Jupyter' }
            @{ Word = '-y'; About = 'with --renew: do not ask' }
            @{ Word = '--yes'; About = 'with --renew: do not ask' }
            @{ Word = '--timeout'; About = 'with --renew: how long to wait for Jupyter, e.g. 90s' }
        )
        'certify' = @(
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin, one line' }
            @{ Word = '--keep-passphrase'; About = 'keep that passphrase in the keychain' }
            @{ Word = '--all'; About = 'all of yours, after asking once' }
            @{ Word = '--older-than'; About = 'those older than e.g. 30d, after asking once' }
            @{ Word = '--label'; About = 'those with this label; may be repeated' }
            @{ Word = '-y'; About = 'do not ask' }
            @{ Word = '--yes'; About = 'do not ask' }
            @{ Word = '--from'; About = 'names from a file, or - for stdin: one a line, or NDJSON' }
            @{ Word = '--concurrency'; About = 'how many at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'skip the rest after so many alike in a row' }
            @{ Word = '--dry-run'; About = 'say what would be done, and do nothing' }
            @{ Word = '--timeout'; About = 'how long Jupyter may take to come up with it, e.g. 90s' }
        )
        'open' = @(
            @{ Word = '--start'; About = 'start it first when it is stopped' }
            @{ Word = '--no-browser'; About = 'only print the URL' }
            @{ Word = '--local-port'; About = 'port of this computer (default: its own, or the next free)' }
            @{ Word = '--tunnel'; About = 'through a tunnel, also where https would do' }
            @{ Word = '--timeout'; About = 'how long to wait for Jupyter, e.g. 90s, 6m' }
        )
        'tunnel' = @(
            @{ Word = '--local-port'; About = 'port of this computer (default: its own, or the next free)' }
            @{ Word = '--print'; About = 'print the ssh line only, to run it yourself' }
            @{ Word = '--shell'; About = 'print it for that shell' }
            @{ Word = '--background'; About = 'leave it open, without this terminal' }
            @{ Word = '--stop'; About = 'close the one in the background' }
            @{ Word = '--list'; About = 'list those in the background' }
        )
        'ssh' = @(
            @{ Word = '-t'; About = 'with a terminal, for programs that draw' }
            @{ Word = '--tty'; About = 'with a terminal, for programs that draw' }
        )
        'exec' = @(
            @{ Word = '-t'; About = 'with a terminal, for programs that draw' }
            @{ Word = '--tty'; About = 'with a terminal, for programs that draw' }
        )
        'cp' = @()
        'ssh-config' = @(
            @{ Word = '--write'; About = 'write a file of our own, and print the line that makes ssh read it' }
        )
        'logs' = @(
            @{ Word = '--source'; About = 'which log; all but the console are read over ssh' }
            @{ Word = '-n'; About = 'how many of the last lines' }
            @{ Word = '--lines'; About = 'how many of the last lines' }
            @{ Word = '-f'; About = 'go on with new lines until Ctrl-C; not for the console' }
            @{ Word = '--follow'; About = 'go on with new lines until Ctrl-C; not for the console' }
        )
        'config' = @()
        'config list' = @()
        'config get' = @()
        'config set' = @()
        'config unset' = @()
        'config path' = @()
        'config validate' = @()
        'context' = @()
        'context list' = @()
        'context use' = @()
        'completion' = @()
        'sandbox' = @()
        'sandbox start' = @(
            @{ Word = '--stand-in'; About = 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH' }
        )
        'sandbox run' = @(
            @{ Word = '--as'; About = 'user to log in as: alice, bob, carol or quinn' }
            @{ Word = '--stand-in'; About = 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH' }
        )
        'sandbox demo' = @()
        'version' = @()
    }
    $values = @{
        ':-o' = @(
            @{ Word = 'table'; About = 'form' }
            @{ Word = 'wide'; About = 'form' }
            @{ Word = 'json'; About = 'form' }
            @{ Word = 'ndjson'; About = 'form' }
            @{ Word = 'name'; About = 'form' }
        )
        ':--output' = @(
            @{ Word = 'table'; About = 'form' }
            @{ Word = 'wide'; About = 'form' }
            @{ Word = 'json'; About = 'form' }
            @{ Word = 'ndjson'; About = 'form' }
            @{ Word = 'name'; About = 'form' }
        )
        ':-c' = @()
        ':--columns' = @()
        ':--config' = @()
        ':--context' = @()
        'login:-u' = @()
        'login:--username' = @()
        'login:--project' = @()
        'create:--image' = @()
        'create:--size' = @()
        'create:--network' = @()
        'create:--key' = @()
        'create:--requirements' = @()
        'create:--access' = @(
            @{ Word = 'tunnel'; About = 'how' }
            @{ Word = 'direct'; About = 'how' }
        )
        'create:--floating-ip' = @(
            @{ Word = 'none'; About = 'which' }
            @{ Word = 'auto'; About = 'which' }
        )
        'create:--label' = @()
        'create:--if-exists' = @(
            @{ Word = 'fail'; About = 'then' }
            @{ Word = 'skip'; About = 'then' }
            @{ Word = 'start'; About = 'then' }
        )
        'create:--from' = @()
        'create:--concurrency' = @()
        'create:--max-failures' = @()
        'create:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'create:--timeout' = @()
        'ls:--label' = @()
        'show:--from' = @()
        'show:--older-than' = @()
        'show:--label' = @()
        'start:--older-than' = @()
        'start:--label' = @()
        'start:--from' = @()
        'start:--concurrency' = @()
        'start:--max-failures' = @()
        'start:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'start:--timeout' = @()
        'stop:--older-than' = @()
        'stop:--label' = @()
        'stop:--from' = @()
        'stop:--concurrency' = @()
        'stop:--max-failures' = @()
        'stop:--timeout' = @()
        'restart:--older-than' = @()
        'restart:--label' = @()
        'restart:--from' = @()
        'restart:--concurrency' = @()
        'restart:--max-failures' = @()
        'restart:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'restart:--timeout' = @()
        'wait:--for' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
            @{ Word = 'stopped'; About = 'state' }
            @{ Word = 'deleted'; About = 'state' }
        )
        'wait:--timeout' = @()
        'wait:--older-than' = @()
        'wait:--label' = @()
        'wait:--from' = @()
        'wait:--concurrency' = @()
        'wait:--max-failures' = @()
        'delete:--if-missing' = @(
            @{ Word = 'fail'; About = 'then' }
            @{ Word = 'ok'; About = 'then' }
        )
        'delete:--older-than' = @()
        'delete:--label' = @()
        'delete:--from' = @()
        'delete:--concurrency' = @()
        'delete:--max-failures' = @()
        'delete:--timeout' = @()
        'apply:-f' = @()
        'apply:--file' = @()
        'apply:--concurrency' = @()
        'apply:--max-failures' = @()
        'apply:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'apply:--timeout' = @()
        'url:--timeout' = @()
        'certify:--older-than' = @()
        'certify:--label' = @()
        'certify:--from' = @()
        'certify:--concurrency' = @()
        'certify:--max-failures' = @()
        'certify:--timeout' = @()
        'open:--local-port' = @()
        'open:--timeout' = @()
        'tunnel:--local-port' = @()
        'tunnel:--shell' = @(
            @{ Word = 'posix'; About = 'shell' }
            @{ Word = 'powershell'; About = 'shell' }
            @{ Word = 'cmd'; About = 'shell' }
        )
        'logs:--source' = @(
            @{ Word = 'console'; About = 'log' }
            @{ Word = 'cloud-init'; About = 'log' }
            @{ Word = 'jupyter'; About = 'log' }
            @{ Word = 'packages'; About = 'log' }
        )
        'logs:-n' = @()
        'logs:--lines' = @()
        'sandbox run:--as' = @()
    }
    $steps = @{
        ':login' = 'login'
        ':logout' = 'logout'
        ':whoami' = 'whoami'
        ':create' = 'create'
        ':ls' = 'ls'
        ':list' = 'ls'
        ':show' = 'show'
        ':start' = 'start'
        ':stop' = 'stop'
        ':restart' = 'restart'
        ':wait' = 'wait'
        ':delete' = 'delete'
        ':rm' = 'delete'
        ':apply' = 'apply'
        ':url' = 'url'
        ':certify' = 'certify'
        ':open' = 'open'
        ':connect' = 'open'
        ':tunnel' = 'tunnel'
        ':ssh' = 'ssh'
        ':exec' = 'exec'
        ':cp' = 'cp'
        ':ssh-config' = 'ssh-config'
        ':logs' = 'logs'
        ':config' = 'config'
        'config:list' = 'config list'
        'config:get' = 'config get'
        'config:set' = 'config set'
        'config:unset' = 'config unset'
        'config:path' = 'config path'
        'config:validate' = 'config validate'
        ':context' = 'context'
        'context:list' = 'context list'
        'context:use' = 'context use'
        ':completion' = 'completion'
        ':sandbox' = 'sandbox'
        'sandbox:start' = 'sandbox start'
        'sandbox:run' = 'sandbox run'
        'sandbox:demo' = 'sandbox demo'
        ':version' = 'version'
    }

    $command = ''
    $position = 0
    $pending = $null
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($null -ne $pending) { $pending = $null; continue }
        if ($values.ContainsKey("${command}:$word")) { $pending = "${command}:$word" }
        elseif ($values.ContainsKey(":$word")) { $pending = ":$word" }
        elseif ($word.StartsWith('-')) { }
        elseif ($steps.ContainsKey("${command}:$word")) { $command = $steps["${command}:$word"] }
        else { $position++ }
    }

    $offered =
        if ($null -ne $pending) { $values[$pending] }
        elseif ("$wordToComplete".StartsWith('-')) { @($flags[$command]) + @($flags['']) }
        else { $places["${command}:$position"] }

    # Where nothing is offered, PowerShell completes files.
    $offered | Where-Object { $null -ne $_ -and $_.Word.StartsWith("$wordToComplete") } |
        ForEach-Object {
            [System.Management.Automation.CompletionResult]::new(
                $_.Word, $_.Word, 'ParameterValue', $_.About)
        }
}
