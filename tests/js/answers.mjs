// Answers questions with the package, in node and in browsers alike.
export function answers({ RequestError, render, respond, schema }, questions) {
  return questions.map((question) => {
    if (question === "schema") return schema();
    if (Array.isArray(question)) return render(question);
    try {
      return respond(question);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { code, message, help } = error;
      return { code, message, help };
    }
  });
}
