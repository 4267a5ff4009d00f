#include "native.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static void no_log(enum ggml_log_level level, const char * text, void * user) {
    (void) level; (void) text; (void) user;
}

void parley_quiet(void) { whisper_log_set(no_log, NULL); }

// steering is what the callbacks of one run share.
typedef struct {
    const parley_job * job;
    volatile int32_t * cancel;
    int eot, beg, n_vocab;
    int encoded;
} steering;

static bool cancelled(void * user) { return *((steering *) user)->cancel != 0; }

// One window is all there is: what follows it is not decoded.
static bool before_encoder(struct whisper_context * ctx, struct whisper_state * state, void * user) {
    (void) ctx; (void) state;
    steering * s = user;
    return s->encoded++ == 0 && *s->cancel == 0;
}

// run_length returns how often the last `size` text tokens stand at the end of the n tokens.
static int run_length(const int * text, int n, int size) {
    int times = 1;
    for (int end = n - size; end >= size; end -= size, times++) {
        for (int i = 0; i < size; i++) {
            if (text[end - size + i] != text[n - size + i]) return times;
        }
    }
    return times;
}

enum { LONGEST = 256, NUMBER = 40 };

// of_number tells whether a token is a part of a number that is read out: figures, a word for one, what stands between.
static bool of_number(struct whisper_context * ctx, int id) {
    static const char * const words[] = {"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "o", "O",
        "零", "幺", "一", "二", "三", "四", "五", "六", "七", "八", "九", "，", "、"};
    const char * s = whisper_token_to_str(ctx, id);
    while (*s == ' ') s++;
    if (s[strspn(s, "0123456789-,. ")] == 0) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(s, words[i]) == 0) return true;
    }
    return false;
}

// parley_repeats tells how many tokens at the end repeat what stands before them more often than people do: one token
// six times, a short run three or four times, a long one twice. In numbers the same figures do come again and again: there
// it takes NUMBER tokens. The rule is that of repetition in decode.go.
int parley_repeats(struct whisper_context * ctx, const whisper_token_data * tokens, int n) {
    int text[LONGEST], len = 0, beg = whisper_token_beg(ctx);
    for (int i = n > LONGEST ? n - LONGEST : 0; i < n; i++) {
        if (tokens[i].id < beg) text[len++] = tokens[i].id;
    }
    for (int size = 1; size <= len / 2; size++) {
        int allowed = size == 1 ? 6 : size == 2 ? 4 : size < 8 ? 3 : 2;
        int times = run_length(text, len, size);
        if (times < allowed) continue;
        bool number = times * size < NUMBER;
        for (int i = 0; i < size && number; i++) number = of_number(ctx, text[len - 1 - i]);
        if (!number) return (times - 1) * size;
    }
    return 0;
}

// filter keeps timestamps within the sound, and ends the text where the sound ends, where the tokens run out and where
// the decoder repeats itself.
static void filter(struct whisper_context * ctx, struct whisper_state * state, const whisper_token_data * tokens, int n,
                   float * logits, void * user) {
    (void) state;
    const steering * s = user;
    const parley_job * j = s->job;
    int last = j->sound + j->slack < j->audio_ctx ? j->sound + j->slack : j->audio_ctx;
    for (int i = s->beg + last + 1; i < s->n_vocab; i++) logits[i] = -INFINITY;
    bool closed = n > 1 && tokens[n - 1].id > s->beg && tokens[n - 2].id < s->eot && tokens[n - 1].id - s->beg >= j->sound - j->slack;
    if (closed || n >= j->most || parley_repeats(ctx, tokens, n) > 0) {
        for (int i = 0; i < s->n_vocab; i++) {
            if (i != s->eot) logits[i] = -INFINITY;
        }
    }
}

// parley_full recognises one window. A NULL state means the context's own.
int parley_full(struct whisper_context * ctx, struct whisper_state * state, const parley_job * job, const float * pcm, int n,
                volatile int32_t * cancel) {
    steering s = {job, cancel, whisper_token_eot(ctx), whisper_token_beg(ctx), whisper_n_vocab(ctx), 0};
    struct whisper_full_params p =
        whisper_full_default_params(job->beams > 1 ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
    p.n_threads = job->threads;
    p.audio_ctx = job->audio_ctx;
    p.language = whisper_lang_str(job->lang);
    p.no_context = true;
    p.initial_prompt = job->prompt;
    p.temperature_inc = 0; // no second try with dice: Go decides what is tried again
    p.greedy.best_of = 1;
    p.beam_search.beam_size = job->beams;
    p.entropy_thold = 0;
    p.logprob_thold = -INFINITY; // guards are in Go
    p.no_speech_thold = 2;
    p.print_progress = false;
    p.print_timestamps = false;
    p.encoder_begin_callback = before_encoder;
    p.encoder_begin_callback_user_data = &s;
    p.abort_callback = cancelled;
    p.abort_callback_user_data = &s;
    p.logits_filter_callback = filter;
    p.logits_filter_callback_user_data = &s;
    whisper_keep_encoded(ctx, state, job->keep);
    whisper_set_likeliest(ctx, state, job->margin);
    return state == NULL ? whisper_full(ctx, p, pcm, n) : whisper_full_with_state(ctx, state, p, pcm, n);
}

// parleyEncode is in Go.
extern bool parleyEncode(uintptr_t handle, float * mel, int64_t n_mel, int64_t n_frames, float * memory);

static bool encode(void * data, const float * mel, int64_t n_mel, int64_t n_frames, float * memory) {
    return parleyEncode((uintptr_t) data, (float *) mel, n_mel, n_frames, memory);
}

// parley_set_encoder has a Go state, given by its handle, compute the encoder from now on.
void parley_set_encoder(struct whisper_context * ctx, struct whisper_state * state, uintptr_t handle) {
    whisper_set_encoder(ctx, state, encode, (void *) handle);
}

// parleyRank is in Go.
extern double parleyRank(uintptr_t handle, whisper_token_data * tokens, int n);

static double rank(void * data, const whisper_token_data * tokens, int n) {
    return parleyRank((uintptr_t) data, (whisper_token_data *) tokens, n);
}

// parley_set_rank has a Go state, given by its handle, say from now on which beam's text is the best.
void parley_set_rank(struct whisper_context * ctx, struct whisper_state * state, uintptr_t handle) {
    whisper_set_rank(ctx, state, rank, (void *) handle);
}

// parley_tokens copies the tokens of the last run, at most room of them, and returns their number.
int parley_tokens(struct whisper_context * ctx, struct whisper_state * state, parley_token * out, int room) {
    int count = 0;
    int segments = state == NULL ? whisper_full_n_segments(ctx) : whisper_full_n_segments_from_state(state);
    for (int i = 0; i < segments; i++) {
        int n = state == NULL ? whisper_full_n_tokens(ctx, i) : whisper_full_n_tokens_from_state(state, i);
        for (int k = 0; k < n && count < room; k++) {
            whisper_token_data d = state == NULL ? whisper_full_get_token_data(ctx, i, k)
                                                 : whisper_full_get_token_data_from_state(state, i, k);
            out[count++] = (parley_token) {d.id, d.p, d.plog, d.tid, d.ptsum};
        }
    }
    return count;
}

// parley_start_logits decodes the start token alone over what the encoder gave in the last run: its logits tell the
// language and whether anybody speaks. NULL when that fails.
float * parley_start_logits(struct whisper_context * ctx, struct whisper_state * state, int threads) {
    whisper_token sot = whisper_token_sot(ctx);
    int rc = state == NULL ? whisper_decode(ctx, &sot, 1, 0, threads) : whisper_decode_with_state(ctx, state, &sot, 1, 0, threads);
    if (rc != 0) return NULL;
    return state == NULL ? whisper_get_logits(ctx) : whisper_get_logits_from_state(state);
}

float parley_prob(const float * logits, int n_vocab, int token) {
    float top = logits[0];
    for (int i = 1; i < n_vocab; i++) {
        if (logits[i] > top) top = logits[i];
    }
    double sum = 0;
    for (int i = 0; i < n_vocab; i++) {
        float d = logits[i] - top;
        if (d > -20.0f) sum += expf(d);
    }
    return (float) (exp((double) logits[token] - top) / sum);
}
